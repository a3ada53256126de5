import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { replyOf, summaryOf } from "../../../../lib/daemon/backups/describe";
import { Shelf } from "../../../../lib/daemon/backups/shelf";
import { createBackup } from "../../../../lib/daemon/jobs/types/backups/create";
import { deleteBackup } from "../../../../lib/daemon/jobs/types/backups/delete";
import { drillBackup } from "../../../../lib/daemon/jobs/types/backups/drill";
import { restoreBackup } from "../../../../lib/daemon/jobs/types/backups/restore";
import { verifyBackup } from "../../../../lib/daemon/jobs/types/backups/verify";
import { Cancelled } from "../../../../lib/daemon/jobs/errors";
import type { MilvusBackupConfig } from "../../../../lib/spec/milvus-backup";
import { Peers, TestJob } from "../peers-support";
import { SECRETS, temporaryDir } from "../support";
import { withStandin } from "./physical-support";

const dir = temporaryDir();
const COLLECTIONS = [
  { database: "default", name: "films", loaded: true, aliases: ["movies"], bytes: 40 },
  { database: "other", name: "books", bytes: 30 },
];
let peers: Peers;
let shelf: Shelf;
let world: ReturnType<typeof withStandin>;
beforeEach(async () => {
  peers = await Peers.start(dir.path());
  shelf = new Shelf(peers.bucket, new AbortController().signal);
  world = withStandin(peers, COLLECTIONS);
});
afterEach(() => peers.stop());

const create = (params: object = {}, id?: string) =>
  new TestJob(peers, createBackup, { name: "nightly", engine: "milvus-backup", ...params }, id);
const objects = async (): Promise<string[]> => {
  const found: string[] = [];
  for await (const { path } of peers.bucket.list("")) found.push(path);
  return found.sort();
};

describe("create-backup by milvus-backup", () => {
  test("is a backup like others, with etcd and the spec beside it, and says which engine made it", async () => {
    const job = create();
    expect(await job.run(peers.elect("peer-1"))).toMatchObject({ name: "nightly", collections: 2, rows: 6 });
    const [listed] = (await shelf.list()).map(summaryOf);
    expect(listed).toMatchObject({ state: "complete", engine: "milvus-backup", collections: 2, rows: 6 });
    const manifest = await shelf.manifest("nightly");
    expect(manifest).toMatchObject({ etcd: { path: "etcd.db" }, spec: { path: "spec.json" } });
    expect(manifest.data).toMatchObject({
      ...{ engine: "milvus-backup", server: "2.4.24", image: "milvusdb/milvus-backup:v0.5.16", rights: true },
      collections: [
        { database: "default", name: "films", loaded: true, aliases: ["movies"], bytes: 40 },
        { database: "other", name: "books", loaded: false, bytes: 30 },
      ],
    });
    expect(replyOf(manifest)).toMatchObject({
      engine: "milvus-backup",
      collections: [{ name: "default/films", bytes: 40 }, { name: "other/books" }],
    });
    expect(job.lines).toContain("info: default/films: its files are copied");
    expect(world.standin.running).toBe(0);
  });

  test("hands secrets over in a file for its eyes only, and nowhere else", async () => {
    await create().run(peers.elect("peer-1"));
    const [run] = world.standin.runs;
    const config = run!.files.find(({ name }) => name.endsWith("backup.yaml"))!;
    expect((parse(config.content) as MilvusBackupConfig).milvus.password).toBe(SECRETS.milvusRootPassword);
    expect(config.mode).toBe(0o600);
    const seen = JSON.stringify([run!.command, run!.env, run!.image, run!.name]);
    for (const secret of Object.values(SECRETS)) expect(seen).not.toContain(secret);
  });

  test("asks for what the job was asked for", async () => {
    await create({ collections: ["films"], strategy: "skip_flush" }).run(peers.elect("peer-1"));
    expect(world.standin.runs[0]!.command.join(" ")).toMatch(
      /create --name attempt_1 --filter default.films --strategy skip_flush$/,
    );
    expect((await shelf.manifest("nightly")).data).toMatchObject({ rights: false, strategy: "skip_flush" });
    await create({ name: "one", databases: ["other"] }, "0mijk2x9b-4f8q1z").run(peers.elect("peer-1"));
    expect(world.standin.runs[1]!.command).toContain("other.*");
    expect((await shelf.manifest("one")).data.collections).toHaveLength(1);
  });

  test("of a Milvus that tells no rights has none, and says so", async () => {
    world.milvus.version = "v2.3.5";
    const job = create();
    await job.run(peers.elect("peer-1"));
    expect(world.standin.runs[0]!.command).not.toContain("--rbac");
    expect(job.lines.join()).toContain("users and roles are not in it");
  });

  test("what is not there, or cannot be named to the tool, is refused before it runs", async () => {
    const missing = create({ collections: ["plays"] });
    await expect(missing.run(peers.elect("peer-1"))).rejects.toThrow("there is no collection default/plays");
    world.milvus.collections.add("default/odd$name");
    const odd = create({ name: "odd", collections: ["odd$name"] }, "0mijk2x9b-4f8q1z");
    await expect(odd.run(peers.elect("peer-1"))).rejects.toThrow("use the engine portable");
    expect(world.standin.runs).toEqual([]);
    expect(await objects()).toEqual([]);
  });

  test("one that fails tells why, and leaves nothing", async () => {
    world.standin.failure = "backup: get persistent segment info rpc error";
    await expect(create().run(peers.elect("peer-1"))).rejects.toThrow(
      "milvus-backup create failed (exit code 1): create: execute task: backup: get persistent segment info rpc error",
    );
    expect(await objects()).toEqual([]);
  });

  test("one that is cancelled stops its container, and leaves nothing", async () => {
    const job = create();
    world.standin.onCopied = () => {
      job.onSafePoint = () => {
        throw new Cancelled();
      };
      return new Promise(() => undefined);
    };
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow(Cancelled);
    expect(world.standin.running).toBe(0);
    expect(await objects()).toEqual([]);
  });

  test("a successor begins anew, and what its dead predecessor had copied is gone", async () => {
    const job = create();
    const leadership = new AbortController();
    world.standin.onCopied = () => leadership.abort(new Error("leadership has ended"));
    const first = job.run(peers.elect("peer-1"), { signal: leadership.signal });
    await expect(first).rejects.toThrow("leadership has ended");
    expect(await objects()).toContainEqual(expect.stringContaining("nightly/attempt_1/"));
    world.standin.onCopied = () => undefined;
    await job.run(peers.elect("peer-2"));
    expect(world.standin.leftoversRemoved).toBeGreaterThan(0);
    expect((await objects()).filter((path) => path.includes("/attempt_1/"))).toEqual([]);
    expect((await shelf.manifest("nightly")).data).toMatchObject({ folder: "attempt_2" });
  });

  test("the spec says which engine makes those that name none", async () => {
    Object.assign(peers.spec, {
      backups: {
        timeZone: "UTC",
        keep: { last: 7, daily: 0, weekly: 0, monthly: 0 },
        engine: "milvus-backup",
      },
    });
    const job = new TestJob(peers, createBackup, { name: "nightly" });
    await job.run(peers.elect("peer-1"));
    expect((await shelf.manifest("nightly")).data.engine).toBe("milvus-backup");
  });

  test.each([
    [{ encryption: "age" }, "knows no encryption"],
    [
      {
        target: {
          ...{ kind: "s3", host: "s3.example", port: 443, tls: true },
          ...{ bucket: "b", prefix: "p", pathStyle: false },
        },
      },
      "finds buckets of s3.example by path",
    ],
  ])("is refused where it cannot do what backups ask for: %j", async (change, reason) => {
    Object.assign(peers.spec, {
      backups: { timeZone: "UTC", keep: { last: 7, daily: 0, weekly: 0, monthly: 0 }, ...change },
    });
    await expect(create().run(peers.elect("peer-1"))).rejects.toThrow(reason);
    expect(world.standin.runs).toEqual([]);
  });

  test("a strategy is refused by the engine that has none", async () => {
    const job = create({ engine: "portable", strategy: "skip_flush" });
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow(
      "a strategy is for the engine milvus-backup",
    );
  });
});

describe("such a backup", () => {
  beforeEach(async () => void (await create().run(peers.elect("peer-1"))));
  const verify = () => new TestJob(peers, verifyBackup, { name: "nightly" });
  const films = async () => (await objects()).find((path) => path.includes("insert_log"))!;

  test("is verified as far as that can be, and no further", async () => {
    const job = verify();
    expect(await job.run(peers.elect("peer-1"))).toMatchObject({ files: 3, findings: [] });
    expect(job.lines).toEqual([
      'info: "nightly" has all of its 3 file(s), with their sizes; what is in them was not looked at',
    ]);
  });

  test.each([
    ["a file of rows that is gone", async () => rm(join(peers.bucket.dir, await films())), "it is gone"],
    [
      "a file of rows that is cut",
      async () => writeFile(join(peers.bucket.dir, await films()), "x"),
      "it has 1 bytes, and 40 were written",
    ],
    [
      "a meta that is changed",
      async () => {
        const file = join(peers.bucket.dir, "nightly/attempt_1/meta/full_meta.json");
        await writeFile(file, (await readFile(file, "utf8")).replace("films", "filmz"));
      },
      "attempt_1/meta/full_meta.json: its content is not what was written",
    ],
    [
      "a snapshot of etcd that is gone",
      () => rm(join(peers.bucket.dir, "nightly/etcd.db")),
      "etcd.db: it is gone",
    ],
  ])("is damaged by %s", async (_, damage, told) => {
    await damage();
    await expect(verify().run(peers.elect("peer-1"))).rejects.toThrow(told);
  });

  test("is deleted whole", async () => {
    await new TestJob(peers, deleteBackup, { name: "nightly" }).run(peers.elect("peer-1"));
    expect(await objects()).toEqual([]);
  });

  test("cannot be tried, and the newest that can is another", async () => {
    const named = new TestJob(peers, drillBackup, { name: "nightly" });
    await expect(named.run(peers.elect("peer-1"))).rejects.toThrow("files of Milvus that only Milvus reads");
    await expect(new TestJob(peers, drillBackup, {}).run(peers.elect("peer-1"))).rejects.toThrow(
      "there is no finished backup of the engine portable",
    );
  });

  test("is brought nowhere else", async () => {
    const text = await readFile(join(peers.bucket.dir, "nightly/manifest.json"), "utf8");
    await shelf.claimForImport("other");
    const content = (async function* () {
      yield Buffer.from(text.replace('"name":"nightly"', '"name":"other"'));
    })();
    await expect(shelf.bring("other", "manifest.json", content)).rejects.toThrow(
      "no checksums to carry them",
    );
  });
});

describe("restore-backup of one", () => {
  beforeEach(async () => {
    await create().run(peers.elect("peer-1"));
    world.standin.runs.length = 0;
  });
  const restore = (params: object = {}) => new TestJob(peers, restoreBackup, { name: "nightly", ...params });
  const lost = () => world.milvus.collections.clear();
  const there = () => [...world.milvus.collections].sort();

  test("puts each back under its name once it is whole, with aliases, loaded as it was, and rights last", async () => {
    lost();
    await restore().run(peers.elect("peer-1"));
    expect(there()).toEqual(["default/films", "other/books"]);
    expect(world.milvus.aliases.get("movies")).toBe("default/films");
    expect(world.milvus.loaded).toEqual(["default/films"]);
    const half = "_restoring_0mijk2x9a4f8q1z_1_films";
    const commands = world.standin.runs.map(({ command }) => command.slice(3).join(" "));
    expect(commands[0]).toBe(
      `restore --name attempt_1 --rename default.films:default.${half} --filter default.${half} --rebuild_index`,
    );
    expect(commands.at(-1)).toBe("restore --name attempt_1 --rbac --filter default.");
  });

  test("what exists is refused by name, and nothing is touched", async () => {
    await expect(restore().run(peers.elect("peer-1"))).rejects.toThrow("default/films exists");
    expect(world.standin.runs).toEqual([]);
    expect(world.milvus.changes).toEqual([]);
  });

  test("what exists is replaced where that is wanted, and not before its successor is whole", async () => {
    world.standin.failure = "no space left";
    const bad = restore({ dropExisting: true, collections: ["films"] });
    await expect(bad.run(peers.elect("peer-1"))).rejects.toThrow(
      "milvus-backup restore failed (exit code 1): restore: execute no space left",
    );
    expect(there()).toEqual(["default/films", "other/books"]);
    expect(world.milvus.changes).not.toContain("drop default/films");
    world.standin.failure = undefined;
    world.milvus.changes.length = 0;
    await restore({ dropExisting: true, collections: ["films"] }).run(peers.elect("peer-1"));
    expect(world.milvus.changes).toEqual(["drop default/films", "rename to default/films"]);
    expect(world.standin.runs.some(({ command }) => command.includes("--rbac"))).toBe(false);
  });

  test("gives other names, also in another database, and leaves what exists", async () => {
    const job = restore({ collections: ["films"], rename: { films: "archive/films_of_march" }, load: false });
    await job.run(peers.elect("peer-1"));
    expect(there()).toEqual(["archive/films_of_march", "default/films", "other/books"]);
    expect(world.milvus.changes[0]).toBe("create database archive");
    expect(world.milvus.aliases.size).toBe(0);
    expect(world.milvus.loaded).toEqual([]);
    expect(job.lines.join()).toContain("does not get the aliases movies");
  });

  test("only tells what would be done, and what will not fit", async () => {
    world.milvus.version = "v2.3.5";
    const job = restore({ dryRun: true });
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow("restores into Milvus 2.4 or newer");
    expect(job.lines).toEqual(
      expect.arrayContaining([
        "info: restore default/films: 0.0 MiB of Milvus' files, loaded then",
        expect.stringContaining("error: default/films exists"),
      ]),
    );
    expect(world.standin.runs).toEqual([]);
  });

  test("one that is stopped drops what it has begun, and its container is gone", async () => {
    lost();
    const job = restore();
    const leadership = new AbortController();
    world.standin.onCopied = () => {
      world.milvus.collections.add("default/_restoring_0mijk2x9a4f8q1z_1_films");
      leadership.abort(new Error("leadership has ended"));
    };
    const run = job.run(peers.elect("peer-1"), { signal: leadership.signal });
    await expect(run).rejects.toThrow("leadership has ended");
    expect(world.standin.running).toBe(0);
    expect(there()).toEqual([]);
  });

  test("a successor goes on with the next, and drops what its dead predecessor had begun", async () => {
    lost();
    const job = restore();
    job.result = { done: ["default/films"], attempts: 1 };
    for (const begun of ["0mijk2x9a4f8q1z_1_books", "0mijk2x9b5f8q1z_3_plays"])
      world.milvus.collections.add(`other/_restoring_${begun}`);
    world.milvus.collections.add("default/films");
    await job.run(peers.elect("peer-2"));
    expect(there()).toEqual(["default/films", "other/books"]);
    expect(world.standin.runs.map(({ command }) => command.join(" ")).join()).not.toContain("films");
  });
});
