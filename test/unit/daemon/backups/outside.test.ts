import { createServer, type AddressInfo, type Server } from "node:net";
import { outside } from "../../../../lib/daemon/steps/outside";
import type { StepContext } from "../../../../lib/daemon/steps/step";
import type { BackupsSpec } from "../../../../lib/spec/spec";
import { FakeHost, identityOf, SECRETS, specOf, temporaryDir } from "../support";

const dir = temporaryDir();
let server: Server;
beforeEach(async () => {
  server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
});
afterEach(() => server.close());

function context(refusal?: Error): { ctx: StepContext; host: FakeHost } {
  const host = new FakeHost(dir.path());
  const { port } = server.address() as AddressInfo;
  const backups: BackupsSpec = {
    ...{ timeZone: "UTC", keep: { last: 7, daily: 0, weekly: 0, monthly: 0 } },
    target: {
      ...{ kind: "s3", host: "127.0.0.1", port, tls: true },
      ...{ bucket: "b", prefix: "vectors", pathStyle: true },
    },
  };
  const spec = { ...specOf(dir.path()), backups };
  const ports = host.ports(spec);
  const target: typeof ports.backups.target = (...asked) => {
    const found = ports.backups.target(...asked);
    return refusal ? Object.assign(found, { put: () => Promise.reject(refusal) }) : found;
  };
  const ctx = {
    ...{ spec, specDigest: "", secrets: SECRETS, identity: identityOf(dir.path()), detail: () => undefined },
    ...{ ports: { ...ports, backups: { ...ports.backups, target } }, signal: new AbortController().signal },
  };
  return { ctx, host };
}

test("a cluster is formed once every peer can write backups to their target", async () => {
  expect(await outside.isDone(context().ctx)).toBe(true);
  expect(await outside.isDone(context(new Error("AccessDenied")).ctx)).toBe(false);
});

test("what the target says is told while it is waited for", async () => {
  const { ctx } = context(new Error("write .probe-peer-1: AccessDenied"));
  const abort = new AbortController();
  const told: string[] = [];
  const detail = (text: string): void => {
    told.push(text);
    abort.abort();
  };
  await expect(outside.run({ ...ctx, detail, signal: abort.signal })).rejects.toThrow("aborted");
  expect(told[0]).toContain("the backups' target refuses peer-1: write .probe-peer-1: AccessDenied");
});

test("a target that nobody answers for is told by its address", async () => {
  const { ctx } = context();
  server.close();
  const told: string[] = [];
  const abort = new AbortController();
  const detail = (text: string): void => {
    told.push(text);
    abort.abort();
  };
  await expect(outside.run({ ...ctx, detail, signal: abort.signal })).rejects.toThrow("aborted");
  expect(told[0]).toMatch(/the backups' S3 at 127\.0\.0\.1:\d+ does not answer peer-1/);
});
