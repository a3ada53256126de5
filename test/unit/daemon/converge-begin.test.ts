import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MILVUS_CHECKPOINTS, MILVUS_SESSIONS } from "../../../lib/daemon/keys";
import { atBeginning } from "../../../lib/daemon/milvus-positions";
import { etcdPeerUrl } from "../../../lib/render";
import { peerOf } from "../../../lib/spec/host";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { changed, events, formed, jobOf, unfinished } from "./converge-support";
import type { Peers } from "./peers-support";
import { temporaryDir } from "./support";

jest.setTimeout(60_000);

const dir = temporaryDir();
const CHECKPOINT = Buffer.from("0a027630120908800210301800200020818080b0dd9cc406", "hex");
let peers: Peers;
let from: ClusterSpec;
let to: ClusterSpec;
/** Pulsar was on peer-2, whose VM is gone; another one has its name and address, and nothing on it. */
beforeEach(async () => {
  peers = await formed(dir.path());
  from = peers.spec;
  to = changed(peers, {
    peers: from.peers.map((p) => (p.name === "peer-2" ? { ...p, instance: "5eed" } : p)),
    queue: { ...from.queue, host: "peer-3", lostHost: "peer-2" } as ClusterSpec["queue"],
  });
  const url = etcdPeerUrl(to, peerOf(to, "peer-2"));
  const { host } = peers.of("peer-2");
  host.containers = [];
  host.onRecreate = (service) => service === "etcd" && peers.membership.begun(url, "peer-2.5eed");
  for (const coordinator of ["rootcoord", "datacoord", "querycoord"])
    peers.store.kv.delete(`${MILVUS_SESSIONS}${coordinator}-1`);
  for (const channel of ["v0", "v1"])
    peers.store.put(`${MILVUS_CHECKPOINTS}${channel}`, CHECKPOINT.toString("latin1"));
});
afterEach(() => peers.stop());

const rootOf = (name: string): string => peers.of(name).config.identity.dataRoot;
async function holds(name: string, directory = "pulsar"): Promise<void> {
  await mkdir(join(rootOf(name), directory), { recursive: true });
  await writeFile(join(rootOf(name), directory, "0.log"), "of another life");
}
const checkpoints = async (): Promise<Buffer[]> =>
  (await peers.store.bytes(MILVUS_CHECKPOINTS)).map(({ value }) => value);
const on = (peer: string): string[] => peers.of(peer).host.events;
const running = (): string[] =>
  peers.all.flatMap(({ name, host }) => (host.containers.some((c) => c.service === "pulsar") ? [name] : []));
const ROLES = ["coord", "proxy", "querynode", "datanode", "indexnode"];
/** What follows is the exchange of the VM, as with any other. */
const BEGUN = { until: "begin pulsar" };
const BACK = [atBeginning(CHECKPOINT), atBeginning(CHECKPOINT)];

test("all roles of Milvus stop before its positions are set back, and start once Pulsar runs", async () => {
  const seen: string[] = [];
  peers.of("peer-3").host.onRecreate = (service) => {
    if (service !== "pulsar") return;
    const left = [1, 3].flatMap((n) => peers.of(`peer-${n}`).host.containers.map((c) => c.service));
    seen.push(...left.filter((s) => ROLES.includes(s)));
    seen.push(String(peers.store.kv.get(`${MILVUS_CHECKPOINTS}v0`)!.value === BACK[0]!.toString("latin1")));
  };
  await jobOf(peers, { from, to }).run(peers.elect("peer-1"), BEGUN);
  expect(seen).toEqual(["true"]);
  expect(
    on("peer-1")
      .filter((e) => e.startsWith("remove"))
      .sort(),
  ).toEqual(ROLES.map((r) => `remove ${r}`).sort());
  const third = on("peer-3").filter((e) => e.startsWith("recreate"));
  expect(third.slice(0, 2)).toEqual(["recreate pulsar", `recreate ${ROLES.join(" ")}`]);
  expect(running()).toEqual(["peer-3"]);
  expect(unfinished(peers)).toMatchObject({ spec: { peers: to.peers } });
});

test("a leader that dies in the middle is succeeded by one that does no harm by doing it again", async () => {
  const job = jobOf(peers, { from, to });
  await job.run(peers.elect("peer-1"), BEGUN);
  await holds("peer-3");
  job.done.delete("begin pulsar");
  await job.run(peers.elect("peer-3"), BEGUN);
  expect(await checkpoints()).toEqual(BACK);
  expect(await readdir(rootOf("peer-3"))).toContain("pulsar");
  expect(running()).toEqual(["peer-3"]);
});

test("a later try goes on with the Pulsar that has begun", async () => {
  await jobOf(peers, { from, to }, "0mijk2x9a-111111").run(peers.elect("peer-1"), BEGUN);
  await holds("peer-3");
  await jobOf(peers, { from, to, unfinished: to }, "0mijk2x9b-222222").run(peers.elect("peer-1"), BEGUN);
  expect(running()).toEqual(["peer-3"]);
});

test("what a move had brought whole before its source died is used", async () => {
  await holds("peer-3", "pulsar.arrived");
  const half = changed(peers, { queue: { ...from.queue, host: "peer-3" } as ClusterSpec["queue"] });
  await jobOf(peers, { from, to, unfinished: half }).run(peers.elect("peer-1"), BEGUN);
  expect((await readdir(rootOf("peer-3"))).filter((d) => d.startsWith("pulsar"))).toEqual(["pulsar"]);
});

describe("nothing stops and nothing is set back", () => {
  const untouched = async (): Promise<void> => {
    expect(await checkpoints()).toEqual([CHECKPOINT, CHECKPOINT]);
    const stopped = events(peers).flat();
    expect(stopped.filter((e) => /^(remove|recreate) /.test(e))).toEqual([]);
  };

  test("where the host that is called lost answers, and holds what Pulsar held", async () => {
    await holds("peer-2");
    await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
      /^peer-2 \(127\.0\.0\.12\) is not lost: it answers, and holds what Pulsar held\. Leave lostHost out/,
    );
    await untouched();
  });

  test("while roles of Milvus live on the host that is called lost, though its daemon does not answer", async () => {
    const Address = `${peerOf(from, "peer-2").address}:22125`;
    peers.store.put(`${MILVUS_SESSIONS}datacoord-7`, JSON.stringify({ Address }));
    const run = jobOf(peers, { from, to }).run(peers.elect("peer-1"), { signal: AbortSignal.timeout(2_000) });
    await expect(run).rejects.toThrow();
    await untouched();
  });

  test("where the new host holds data of Pulsar already", async () => {
    await holds("peer-3");
    await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
      "peer-3 holds data of Pulsar: move it away, and try again",
    );
    await untouched();
  });

  test("where this version of Milvus keeps its positions otherwise", async () => {
    peers.store.put(`${MILVUS_CHECKPOINTS}v2`, "{}");
    const run = jobOf(peers, { from, to }).run(peers.elect("peer-1"));
    await expect(run).rejects.toThrow("Pulsar cannot begin empty under this version of Milvus");
    const stopped = events(peers).flat();
    expect(stopped.filter((e) => /^(remove|recreate) /.test(e))).toEqual([]);
  });
});
