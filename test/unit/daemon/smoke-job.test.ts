import type { SmokeResult } from "../../../lib/api/wire";
import { smoke as smokeJob } from "../../../lib/daemon/jobs/types/smoke";
import { smoke, type SmokeOptions } from "../../../lib/daemon/smoke";
import { Peers, TestJob } from "./peers-support";
import { SECRETS, temporaryDir } from "./support";

jest.mock("../../../lib/daemon/smoke");
const tested = jest.mocked(smoke);

const dir = temporaryDir();
let peers: Peers;
beforeEach(async () => {
  peers = await Peers.start(dir.path());
});
afterEach(() => peers.stop());

/** A test of the cluster that ends like this. */
function ending(result: SmokeResult): void {
  tested.mockImplementation(async (o: SmokeOptions) => {
    for (const check of result.checks) o.onCheck?.(check);
    return result;
  });
}

test("is carried out as root by the peer that leads, under the job's id", async () => {
  ending({ ok: true, checks: [{ name: "connect", ok: true, ms: 12 }] });
  const job = new TestJob(peers, smokeJob, {});
  expect(await job.run(peers.elect("peer-2"))).toEqual({
    ok: true,
    checks: [{ name: "connect", ok: true, ms: 12 }],
  });
  expect(tested.mock.lastCall![0]).toMatchObject({
    self: "peer-2",
    runId: job.id,
    password: SECRETS.milvusRootPassword,
  });
  expect(job.lines).toEqual(["info: connect: ok (12 ms)"]);
});

test("fails when a check fails, and keeps the result of all of them", async () => {
  const checks = [
    { name: "connect", ok: true, ms: 12 },
    { name: "load", ok: false, ms: 30_000, detail: "50 % with 2 replica(s)" },
  ];
  ending({ ok: false, checks });
  const job = new TestJob(peers, smokeJob, {});
  await expect(job.run(peers.elect("peer-1"))).rejects.toThrow(
    "1 of 2 checks failed: load: 50 % with 2 replica(s)",
  );
  expect(job.result).toEqual({ ok: false, checks });
});

test("a leader that must stop leaves no verdict to its successor", async () => {
  ending({ ok: false, checks: [{ name: "connect", ok: false, ms: 1 }] });
  const job = new TestJob(peers, smokeJob, {});
  const signal = AbortSignal.abort(new Error("leadership has ended"));
  await expect(job.run(peers.elect("peer-1"), { signal })).rejects.toThrow("leadership has ended");
  expect(job.result).toEqual({});
});
