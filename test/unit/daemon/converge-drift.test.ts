import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Drift } from "../../../lib/plan/drift";
import { anew, committed, events, formed, jobOf, sicken, unfinished } from "./converge-support";
import type { Peers } from "./peers-support";
import { temporaryDir } from "./support";

jest.setTimeout(60_000);

const dir = temporaryDir();
let peers: Peers;
beforeEach(async () => {
  peers = await formed(dir.path());
});
afterEach(() => peers.stop());

const edited = (name: string): Drift => ({ peer: "peer-2", kind: "file", name, expected: "x", found: "y" });
const other = (name: string): Drift => ({
  peer: "peer-2",
  kind: "container",
  name,
  expected: "x",
  found: "y",
});
const file = (name: string): string => join(peers.of("peer-2").host.dir, "rendered", name);

function mend(...drift: Drift[]) {
  const job = jobOf(peers, { from: peers.spec, to: peers.spec, drift });
  return job.run(peers.elect("peer-1")).then(() => job);
}

test("a file that was edited is put back, and what may have read it is made anew there alone", async () => {
  const before = await readFile(file("milvus.yaml"), "utf8");
  await writeFile(file("milvus.yaml"), "log: {}\n");
  const job = await mend(edited("milvus.yaml"));
  expect(await readFile(file("milvus.yaml"), "utf8")).toBe(before);
  expect(anew(job)).toEqual(
    ["coord", "indexnode", "querynode", "datanode", "proxy"].map((s) => `peer-2: ${s}`),
  );
});

test("nginx reads its file again, and nothing is made anew", async () => {
  await writeFile(file("nginx.conf"), "events {}\n");
  await mend(edited("nginx.conf"));
  expect(events(peers)).toEqual([[], ["SIGHUP nginx"], []]);
});

test("a container that looks as it should is made anew all the same", async () => {
  expect(anew(await mend(other("datanode")))).toEqual(["peer-2: datanode"]);
});

test("one that is sick for it does not keep it from being mended, another one does", async () => {
  sicken(peers, "peer-2", "datanode");
  await expect(mend(other("nginx"))).rejects.toThrow("the cluster is not whole: datanode on peer-2");
  expect(anew(await mend(other("datanode")))).toEqual(["peer-2: datanode"]);
});

test("the spec in force stays what it is", async () => {
  await mend(other("nginx"));
  expect([committed(peers).generation, unfinished(peers)]).toEqual([1, undefined]);
});
