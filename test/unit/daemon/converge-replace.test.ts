import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { etcdPeerUrl } from "../../../lib/render";
import { dataDir } from "../../../lib/spec/disks";
import { peerOf } from "../../../lib/spec/host";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { changed, committed, events, formed, jobOf, unfinished } from "./converge-support";
import type { Peers } from "./peers-support";
import { temporaryDir } from "./support";

jest.setTimeout(60_000);

const dir = temporaryDir();
let peers: Peers;
let from: ClusterSpec;
let to: ClusterSpec;
let url: string;
/** The old VM of peer-4 is gone; another one has its name and address, and nothing on it. */
beforeEach(async () => {
  peers = await formed(dir.path(), { members: 4 });
  from = peers.spec;
  to = changed(peers, {
    peers: from.peers.map((p) => (p.name === "peer-4" ? { ...p, instance: "5eed" } : p)),
  });
  url = etcdPeerUrl(to, peerOf(to, "peer-4"));
  const { host } = peers.of("peer-4");
  host.containers = [];
  host.onRecreate = (service) => service === "etcd" && peers.membership.begun(url, "peer-4.5eed");
});
afterEach(() => peers.stop());

const members = (): string[] => peers.membership.known.map(({ name, id }) => `${name} ${id}`);
const OLD = "peer-4 4";

test("another VM at the same address takes the place of the one that is gone", async () => {
  expect(members()).toContain(OLD);
  await jobOf(peers, { from, to }).run(peers.elect("peer-1"));
  expect(members()).toEqual(["peer-1 1", "peer-2 2", "peer-3 3", "peer-4.5eed 9"]);
  expect(events(peers).slice(0, 3)).toEqual([[], [], []]);
  expect(peers.of("peer-4").host.events.filter((e) => e.startsWith("remove"))).toEqual([]);
  expect([committed(peers).spec.peers, unfinished(peers)]).toEqual([to.peers, undefined]);
});

test("a second change that goes on with it does not take the new member out again", async () => {
  await jobOf(peers, { from, to }, "0mijk2x9a-111111").run(peers.elect("peer-1"), {
    until: "joinEtcd peer-4",
  });
  await mkdir(dataDirOf(), { recursive: true });
  await writeFile(join(dataDirOf(), "member"), "its own");
  await jobOf(peers, { from, to, unfinished: to }, "0mijk2x9b-222222").run(peers.elect("peer-2"));
  expect(members()).toEqual(["peer-1 1", "peer-2 2", "peer-3 3", "peer-4.5eed 9"]);
  expect(unfinished(peers)).toBeUndefined();
});

test("nor does one that finds it added and not yet started", async () => {
  await jobOf(peers, { from, to }, "0mijk2x9a-111111").run(peers.elect("peer-1"), {
    until: "leaveEtcd peer-4",
  });
  await peers.membership.addLearner(url);
  await jobOf(peers, { from, to, unfinished: to }, "0mijk2x9b-222222").run(peers.elect("peer-2"));
  expect(members()).toEqual(["peer-1 1", "peer-2 2", "peer-3 3", "peer-4.5eed 9"]);
});

test("a VM that still has the old member's data is refused before the old member is out", async () => {
  await mkdir(dataDirOf(), { recursive: true });
  await writeFile(join(dataDirOf(), "member"), "of another life");
  const job = jobOf(peers, { from, to }, "0mijk2x9a-111111");
  await expect(job.run(peers.elect("peer-1"))).rejects.toThrow(
    /on peer-4 holds data of another member: delete it/,
  );
  expect(members()).toContain(OLD);
  await rm(dataDirOf(), { recursive: true });
  await jobOf(peers, { from, to, unfinished: to }, "0mijk2x9b-222222").run(peers.elect("peer-2"));
  expect(members()).toEqual(["peer-1 1", "peer-2 2", "peer-3 3", "peer-4.5eed 9"]);
});

test("where the VM that was to take the place has died too, a third one takes it, and no member of another is left", async () => {
  await jobOf(peers, { from, to }, "0mijk2x9a-111111").run(peers.elect("peer-1"), {
    until: "joinEtcd peer-4",
  });
  const third = changed(peers, {
    peers: from.peers.map((p) => (p.name === "peer-4" ? { ...p, instance: "cafe" } : p)),
  });
  const { membership } = peers;
  const forgotten = { name: "peer-4", peerUrls: ["https://198.18.0.98:2380"], isLearner: false };
  const neverBegun = { name: "", peerUrls: ["https://198.18.0.99:2380"], isLearner: true };
  membership.known = [...membership.known, { id: "77", ...forgotten }, { id: "78", ...neverBegun }];
  const { host } = peers.of("peer-4");
  host.containers = [];
  host.onRecreate = (service) => service === "etcd" && membership.begun(url, "peer-4.cafe");
  await jobOf(peers, { from, to: third, unfinished: to }, "0mijk2x9b-222222").run(peers.elect("peer-2"));
  expect(members().map((member) => member.split(" ")[0])).toEqual([
    "peer-1",
    "peer-2",
    "peer-3",
    "peer-4.cafe",
  ]);
  expect([committed(peers).spec.peers, unfinished(peers)]).toEqual([third.peers, undefined]);
});

function dataDirOf(): string {
  return dataDir(to, "etcd");
}
