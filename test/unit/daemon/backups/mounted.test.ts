import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FolderTarget } from "../../../../lib/daemon/backups/folder";
import { mountOf, MountedTarget } from "../../../../lib/daemon/backups/mounted";
import { missingWords } from "../../../../lib/daemon/backups/shared";

const signal = new AbortController().signal;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "milvus-onprem-mounted-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function* chunks(...all: string[]): AsyncGenerator<Uint8Array> {
  for (const text of all) yield Buffer.from(text);
}

/** A daemon's mounts, as a container has them. */
const mountinfo = (...points: string[]): string =>
  points.map((point, i) => `${i} 1 0:${i} / ${point} rw,relatime master:1 - nfs4 nas:/b rw\n`).join("");

test.each([
  ["/mnt/backups", "/mnt/backups"],
  ["/mnt/backups/milvus", "/mnt/backups"],
  ["/mnt/backups-of-others", undefined],
  ["/mnt/other", undefined],
])("%s is on the mount %s", (path, mount) => {
  expect(mountOf(path, mountinfo("/", "/mnt", "/mnt/backups"))).toBe(mount);
});

test("nothing is read or written where the share is not mounted, and what to do is said", async () => {
  const target = new MountedTarget({
    path: "/mnt/backups",
    prefix: "vectors",
    mounts: async () => mountinfo("/", "/mnt"),
  });
  const refusal = /nothing is mounted at \/mnt\/backups .*mount -a.*docker restart milvus-onprem/;
  await expect(target.put("one/file", chunks("x"), signal)).rejects.toThrow(refusal);
  await expect(target.get("one/file").next()).rejects.toThrow(refusal);
  await expect(target.list("").next()).rejects.toThrow(refusal);
  await expect(target.remove("one/file")).rejects.toThrow(refusal);
});

describe("a file", () => {
  const found = async (): Promise<string[]> =>
    (await readdir(dir, { recursive: true, withFileTypes: true }))
      .filter((e) => e.isFile())
      .map((e) => e.name);

  test("is whole once it has its name, and root's alone", async () => {
    const target = new FolderTarget(dir);
    await target.put("one/file", chunks("a", "b"), signal);
    expect((await stat(join(dir, "one/file"))).mode & 0o777).toBe(0o600);
    expect(await found()).toEqual(["file"]);
  });

  test("that could not be written whole leaves what was there, and nothing else", async () => {
    const target = new FolderTarget(dir);
    await target.put("one/file", chunks("before"), signal);
    const broken = (async function* () {
      yield Buffer.from("aft");
      throw new Error("Milvus has gone away");
    })();
    await expect(target.put("one/file", broken, signal)).rejects.toThrow("Milvus has gone away");
    expect(await found()).toEqual(["file"]);
    const read: Uint8Array[] = [];
    for await (const chunk of target.get("one/file")) read.push(chunk);
    expect(Buffer.concat(read).toString()).toBe("before");
  });

  test("is told by its path where it cannot be written", async () => {
    await writeFile(join(dir, "one"), "no folder");
    await expect(new FolderTarget(dir).put("one/file", chunks("x"), signal)).rejects.toThrow(
      `${dir}: write one/file: `,
    );
  });
});

test("peers that nobody leads find each other in a share, and a stranger by name", async () => {
  const [share, other] = [new FolderTarget(join(dir, "share")), new FolderTarget(join(dir, "other"))];
  const look = (target: FolderTarget, peer: string): Promise<string[]> => {
    const others = ["a", "b", "c"].filter((name) => name !== peer);
    return missingWords(target, { peer, others, word: "digest" }, signal);
  };
  expect(await look(share, "a")).toEqual(["b", "c"]);
  await look(other, "c");
  expect(await look(share, "b")).toEqual(["c"]);
  await look(share, "c");
  expect(await look(share, "a")).toEqual([]);
});
