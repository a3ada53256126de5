import { setTimeout as sleep } from "node:timers/promises";
import { StallWatch } from "../../../../lib/daemon/backups/stall-watch";

const MS = 50;

async function* slow(chunks: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < chunks; i++) {
    await sleep(2 * MS);
    yield Buffer.from([i]);
  }
}

test("content that takes its time is waited for", async () => {
  const watch = new StallWatch(MS);
  const content = watch.over(slow(3));
  while (!(await content.next()).done) expect(watch.signal.aborted).toBe(false);
  watch.end();
  await sleep(2 * MS);
  expect(watch.signal.aborted).toBe(false);
});

test.each([
  ["a chunk is not followed up", 1],
  ["the end of all that was taken is not told", 2],
])("whoever takes it is not waited for for ever when %s", async (_, taken) => {
  const watch = new StallWatch(MS);
  const content = watch.over(slow(1));
  for (let i = 0; i < taken; i++) await content.next();
  await sleep(3 * MS);
  expect(watch.signal.aborted).toBe(true);
  expect((watch.signal.reason as Error).message).toBe("nothing was taken for 0.05 s");
});
