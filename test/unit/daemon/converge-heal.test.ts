import { heal } from "../../../lib/daemon/jobs/converge/heal";
import type { HttpAnswer } from "../../../lib/daemon/ports/runtime";
import type { ChangeStep } from "../../../lib/plan/change";
import { changed, formed, jobOf } from "./converge-support";
import { FakeHttp } from "./minio/support";
import type { Peers } from "./peers-support";
import { temporaryDir } from "./support";

const STEP = { kind: "heal", peers: ["peer-3"] } as unknown as ChangeStep;
const dir = temporaryDir();
let peers: Peers;

beforeEach(async () => {
  peers = await formed(dir.path());
});
afterEach(() => peers.stop());

const info = (offlineOn?: string): HttpAnswer => ({
  status: 200,
  body: JSON.stringify({
    servers: ["peer-1", "peer-2", "peer-3"].map((peer) => ({
      endpoint: `${peer}:9000`,
      drives: Array.from({ length: 4 }, () => ({ state: peer === offlineOn ? "offline" : "ok" })),
    })),
  }),
});

/** Runs the step against a MinIO that answers so, in order; returns what was asked of it, and what the job told while it waited. */
async function run(...answers: HttpAnswer[]) {
  return runUntil(() => undefined, answers);
}

/** The same with a job that is cancelled as soon as `cancel` says why. */
async function runUntil(cancel: (left: number) => Error | undefined, answers: HttpAnswer[]) {
  const told: string[] = [];
  const { spec: from } = peers;
  const to = changed(peers, { loadBalancing: "spread" });
  const stop = new AbortController();
  const job = jobOf(peers, { from, to });
  job.onSafePoint = () => {
    const why = cancel(answers.length);
    if (why) stop.abort(why);
  };
  const ctx = job.context(peers.elect("peer-1"), stop.signal);
  const http = new FakeHttp(() => answers.shift()!);
  await heal.run({ ...ctx, ports: { ...ctx.ports, http }, detail: (text) => void told.push(text) }, STEP);
  const asked = http.requests.map(({ url }) => /(info|heal)\/?(\?clientToken)?/.exec(url)![0]);
  return { asked, told };
}

const started = { status: 200, body: JSON.stringify({ clientToken: "t" }) };
const finished = { status: 200, body: JSON.stringify({ Summary: "finished" }) };

test("an exchanged VM's drives are waited for, then rebuilt to the end", async () => {
  const { asked, told } = await run(info("peer-3"), info(), started, finished);
  expect(asked).toEqual(["info", "info", "heal/", "heal/?clientToken"]);
  expect(told).toEqual(["the drives of peer-3, rebuilt by MinIO: drives of peer-3 are offline"]);
});

test("a heal that somebody else has begun is waited for, and then there is one of our own", async () => {
  const busy = { status: 409, body: '{"Code":"XMinioHealAlreadyRunning","Message":"already running"}' };
  const { asked, told } = await run(info(), busy, info(), started, finished);
  expect(asked).toEqual(["info", "heal/", "info", "heal/", "heal/?clientToken"]);
  expect(told).toEqual([expect.stringContaining("XMinioHealAlreadyRunning")]);
});

test("one that MinIO has forgotten, for another was begun since, is begun again", async () => {
  const mismatch = {
    status: 400,
    body: '{"Code":"XMinioHealInvalidClientToken","Message":"Client token mismatch"}',
  };
  const { asked, told } = await run(info(), started, mismatch, info(), started, finished);
  expect(asked).toEqual(["info", "heal/", "heal/?clientToken", "info", "heal/", "heal/?clientToken"]);
  expect(told).toEqual([expect.stringContaining("XMinioHealInvalidClientToken")]);
});

test("one that takes hours can be cancelled", async () => {
  const running = { status: 200, body: JSON.stringify({ Summary: "running" }) };
  const cancelled = (left: number): Error | undefined => (left === 1 ? new Error("cancelled") : undefined);
  await expect(runUntil(cancelled, [info(), started, running, running])).rejects.toThrow("cancelled");
});
