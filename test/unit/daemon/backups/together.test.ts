import { together } from "../../../../lib/daemon/backups/portable/together";

test("the first that fails ends the others, and all are waited for", async () => {
  let ended = 0;
  let workers = 0;
  const run = together(3, new AbortController().signal, async (signal) => {
    const mine = workers++;
    if (mine === 1) throw new Error("the disk is full");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    ended++;
    signal.throwIfAborted();
  });
  await expect(run).rejects.toThrow("the disk is full");
  expect(ended).toBe(2);
});

test("all are stopped from outside", async () => {
  const stop = new AbortController();
  const run = together(2, stop.signal, async (signal) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    signal.throwIfAborted();
  });
  stop.abort(new Error("cancelled"));
  await expect(run).rejects.toThrow("cancelled");
});
