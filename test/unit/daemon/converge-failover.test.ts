/** The host of Pulsar is gone and keeps its place; then it comes back. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { specDigest } from "../../../lib/daemon/digest";
import { GIVEN_UP, keys, MILVUS_SESSIONS } from "../../../lib/daemon/keys";
import { catchUpWithPulsar } from "../../../lib/daemon/tasks/catch-up";
import { failedOver } from "../../../lib/plan/moved";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { changed, committed, formed, jobOf } from "./converge-support";
import type { Peers } from "./peers-support";
import { temporaryDir } from "./support";

jest.setTimeout(60_000);

const dir = temporaryDir();
const KEY = keys("c1").pulsar;
let peers: Peers;
let from: ClusterSpec;
let to: ClusterSpec;
beforeEach(async () => {
  peers = await formed(dir.path());
  const failover = { host: "peer-3", afterSeconds: 60 };
  from = changed(peers, { queue: { ...peers.spec.queue, failover } as ClusterSpec["queue"] });
  to = failedOver(from)!;
  const value = { generation: 1, digest: specDigest(from), spec: from };
  peers.store.put(keys("c1").spec, JSON.stringify(value));
});
afterEach(() => peers.stop());

async function lose(name: string): Promise<void> {
  await peers.of(name).down();
  for (const coordinator of ["rootcoord", "datacoord", "querycoord"])
    peers.store.kv.delete(`${MILVUS_SESSIONS}${coordinator}-1`);
}
const on = (peer: string): string[] => peers.of(peer).host.events;
const running = (): string[] =>
  peers.all.flatMap(({ name, host }) => (host.containers.some((c) => c.service === "pulsar") ? [name] : []));

test("the others go on with an empty Pulsar, and the right to run one is nobody's until that is in force", async () => {
  await lose("peer-2");
  const held: unknown[] = [];
  peers.of("peer-3").host.onRecreate = (service) => {
    if (service === "pulsar") held.push(peers.store.kv.get(KEY)?.value);
  };
  await jobOf(peers, { from, to }).run(peers.elect("peer-1"));
  expect(held).toEqual([GIVEN_UP]);
  expect(peers.store.kv.has(KEY)).toBe(false);
  expect(committed(peers).spec).toEqual(to);
  expect(on("peer-2")).toEqual([]);
});

test("nothing stops while the host still has the right", async () => {
  await lose("peer-2");
  peers.store.put(KEY, "peer-2", "lease");
  const run = jobOf(peers, { from, to }).run(peers.elect("peer-1"), { signal: AbortSignal.timeout(2_000) });
  await expect(run).rejects.toThrow();
  expect([...on("peer-1"), ...on("peer-3")].filter((e) => /^(remove|recreate) /.test(e))).toEqual([]);
});

test("the host that comes back goes by it: no Pulsar, nginx leads to the other one, roles start anew, old data aside", async () => {
  const peer = peers.of("peer-2");
  const { dataRoot } = peer.config.identity;
  await mkdir(join(dataRoot, "pulsar"), { recursive: true });
  await writeFile(join(dataRoot, "pulsar", "0.log"), "of another life");
  await catchUpWithPulsar(to, peer.taskContext(new AbortController().signal));
  expect(running()).toEqual([]);
  expect(on("peer-2").filter((e) => /pulsar|nginx|recreate/.test(e))).toEqual([
    "stop pulsar",
    "SIGHUP nginx",
    "recreate coord proxy querynode datanode indexnode",
    "remove pulsar",
  ]);
  expect((await readdir(dataRoot)).filter((name) => name.startsWith("pulsar"))).toEqual(["pulsar.moved"]);
  const nginx = await readFile(join(peer.config.configDir, "rendered", "nginx.conf"), "utf8");
  expect(nginx).toContain(peers.of("peer-3").config.identity.address);
});
