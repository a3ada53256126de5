import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PulsarData } from "../../../lib/daemon/pulsar-data";
import { pulsarHost } from "../../../lib/spec/queue";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { changed, committed, events, formed, jobOf, unfinished } from "./converge-support";
import type { Peers } from "./peers-support";
import { temporaryDir } from "./support";

jest.setTimeout(60_000);

const dir = temporaryDir();
let peers: Peers;
let from: ClusterSpec;
let to: ClusterSpec;
/** Pulsar is on peer-2, and is to be on peer-3. */
beforeEach(async () => {
  peers = await formed(dir.path());
  from = peers.spec;
  to = changed(peers, { queue: { ...from.queue, host: "peer-3" } as ClusterSpec["queue"] });
  await wrote("peer-2", "written before");
});
afterEach(async () => {
  jest.restoreAllMocks();
  await peers.stop();
});

const rootOf = (name: string): string => peers.of(name).config.identity.dataRoot;
const LOG = "standalone/bookkeeper/0.log";

async function wrote(name: string, content: string): Promise<void> {
  await mkdir(join(rootOf(name), "pulsar/standalone/bookkeeper"), { recursive: true });
  await writeFile(join(rootOf(name), "pulsar", LOG), content);
}

/** Directories of Pulsar on each peer, with what is in them. */
async function held(): Promise<string[]> {
  const found = peers.all.map(async ({ name }) => {
    const dirs = (await readdir(rootOf(name))).filter((d) => d.startsWith("pulsar"));
    const read = dirs.map(async (d) => `${name} ${d}: ${await readFile(join(rootOf(name), d, LOG), "utf8")}`);
    return Promise.all(read);
  });
  return (await Promise.all(found)).flat().sort();
}

/** Peers on which a container of Pulsar is. */
const running = (): string[] =>
  peers.all.flatMap(({ name, host }) => (host.containers.some((c) => c.service === "pulsar") ? [name] : []));

test("where a disk is mounted at its data nothing stops, for nothing could take its place", async () => {
  const { look } = PulsarData.prototype;
  jest.spyOn(PulsarData.prototype, "look").mockImplementation(async function (this: PulsarData) {
    return { ...(await look.call(this)), isMount: this.path.startsWith(rootOf("peer-2")) };
  });
  await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
    "a disk of its own is mounted where Pulsar's data is on peer-2: such data cannot be moved",
  );
  expect(
    events(peers)
      .flat()
      .filter((e) => e.startsWith("remove")),
  ).toEqual([]);
  expect(unfinished(peers)).toBeUndefined();
});

const MOVED = ["peer-2 pulsar.moved: written before", "peer-3 pulsar: written before"];

test("what Pulsar holds goes to the new host, where it starts after nginx has let go of its port; all are led there", async () => {
  await jobOf(peers, { from, to }).run(peers.elect("peer-1"));
  expect(await held()).toEqual(MOVED);
  expect(running()).toEqual(["peer-3"]);
  const [first, second, third] = events(peers);
  expect(first).toEqual(["SIGHUP nginx"]);
  expect(second).toEqual(["remove pulsar", "SIGHUP nginx"]);
  expect(third!.filter((e) => !/^(pull|mkdir) /.test(e))).toEqual(["SIGHUP nginx", "recreate pulsar"]);
  expect([pulsarHost(committed(peers).spec), unfinished(peers)]).toEqual(["peer-3", undefined]);
});

test("a leader that died before it could say that it was done is succeeded by one that takes nothing back", async () => {
  const job = jobOf(peers, { from, to });
  await job.run(peers.elect("peer-1"), { until: "move pulsar" });
  job.done.delete("move pulsar");
  await wrote("peer-3", "written since");
  await job.run(peers.elect("peer-2"));
  expect(await held()).toEqual(["peer-2 pulsar.moved: written before", "peer-3 pulsar: written since"]);
  expect(running()).toEqual(["peer-3"]);
});

test("a leader that died when nobody had the data in place is succeeded by one that puts the copy there", async () => {
  const [source, target] = ["peer-2", "peer-3"].map((name) => new PulsarData(rootOf(name)));
  const { bytes } = await source!.look();
  await target!.receive(await source!.read(), bytes, new AbortController().signal);
  await source!.release();
  await jobOf(peers, { from, to }).run(peers.elect("peer-1"));
  expect(await held()).toEqual(MOVED);
  expect(running()).toEqual(["peer-3"]);
});

test("the way back brings along what was written on the new host", async () => {
  await jobOf(peers, { from, to }, "0mijk2x9a-111111").run(peers.elect("peer-1"), { until: "move pulsar" });
  await wrote("peer-3", "written since");
  const back = { from, to: from, unfinished: to };
  await jobOf(peers, back, "0mijk2x9b-222222").run(peers.elect("peer-1"));
  expect(await held()).toEqual(["peer-2 pulsar: written since", "peer-3 pulsar.moved: written since"]);
  expect(running()).toEqual(["peer-2"]);
  expect(unfinished(peers)).toBeUndefined();
});

test("a copy that fails has Pulsar start again where it was, and a later try ends the move", async () => {
  const late = jest.spyOn(PulsarData.prototype, "receive").mockRejectedValue(new Error("the line is cut"));
  const job = jobOf(peers, { from, to }, "0mijk2x9a-111111");
  await expect(job.run(peers.elect("peer-1"))).rejects.toThrow("peer-3: the line is cut");
  expect(job.lines).toContain("warn: Pulsar runs on peer-2 again");
  expect([running(), await held()]).toEqual([["peer-2"], ["peer-2 pulsar: written before"]]);
  late.mockRestore();
  await jobOf(peers, { from, to, unfinished: to }, "0mijk2x9b-222222").run(peers.elect("peer-1"));
  expect([running(), await held()]).toEqual([["peer-3"], MOVED]);
});

test("a copy with less than all of it is none", async () => {
  const { look } = PulsarData.prototype;
  jest.spyOn(PulsarData.prototype, "look").mockImplementation(async function (this: PulsarData) {
    const found = await look.call(this);
    return { ...found, bytes: found.bytes + 7 };
  });
  await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
    "14 of 21 bytes of Pulsar's data came",
  );
  expect([running(), await held()]).toEqual([["peer-2"], ["peer-2 pulsar: written before"]]);
});

describe("nothing stops", () => {
  const untouched = async (): Promise<void> => {
    expect(running()).toEqual(["peer-2"]);
    expect([
      events(peers)
        .flat()
        .filter((e) => !e.startsWith("pull ")),
      unfinished(peers),
    ]).toEqual([[], undefined]);
  };

  test("where the new host has no room", async () => {
    jest.spyOn(PulsarData.prototype, "look").mockImplementation(async function (this: PulsarData) {
      const inPlace = this.path.startsWith(rootOf("peer-2"));
      return { inPlace, arrived: false, bytes: inPlace ? 2_000 : 0, freeBytes: 1_000, isMount: false };
    });
    await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
      "Pulsar holds 2000 bytes on peer-2, and peer-3 has 1000 left",
    );
    await untouched();
  });

  test("where both hold data", async () => {
    await wrote("peer-3", "of another life");
    await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
      "peer-2 and peer-3 both hold data of Pulsar: move away what is not wanted, and try again",
    );
    await untouched();
  });

  test("where the old host does not answer", async () => {
    await peers.of("peer-2").down();
    await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
      /peer-2: its daemon cannot/,
    );
    await untouched();
  });
});
