import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanHost, ensureDataDirs, ensureMountFolders, startDaemon } from "../../../lib/host";
import { daemonArguments } from "../../../lib/host/daemon";
import { fakeDocker } from "./fake-docker";
import { failure, localHost, type LocalHost } from "./support";

let local: LocalHost;
beforeEach(async () => {
  local = await localHost();
  fakeDocker(local);
  for (const disk of ["disk1", "disk2"]) mkdirSync(at(disk));
  mounted("disk1", "disk2");
});
afterEach(() => local.stop());

const at = (name: string): string => join(local.dir, name);
/** Says which directories are mount points: a test cannot mount. */
const mounted = (...names: string[]): void =>
  local.program("mountpoint", `case " ${names.map(at).join(" ")} " in *" $2 "*) ;; *) exit 1 ;; esac`);
const mode = (path: string): number => statSync(path).mode & 0o777;
const clean = (deleteData: boolean): Promise<void> =>
  cleanHost(local.host, { deleteData, dataRoot: at("data") });

describe("folders on mount points", () => {
  const make = (...names: string[]): Promise<void> => ensureMountFolders(local.host, names.map(at), "c-1");

  test("are made for root alone, and again without harm to what is in them", async () => {
    await make("disk1", "disk2");
    expect(mode(at("disk1/milvus-onprem"))).toBe(0o700);
    writeFileSync(at("disk1/milvus-onprem/format.json"), "minio");
    await make("disk1", "disk2");
    expect(readFileSync(at("disk1/milvus-onprem/format.json"), "utf8")).toBe("minio");
  });

  test("are not made where nothing is mounted, on none of them", async () => {
    mounted("disk1");
    const error = await failure(make("disk1", "disk2"));
    expect(error.message).toMatch(
      /make a folder on \S+disk1, \S+disk2 failed.*nothing is mounted at \S+disk2/,
    );
    expect(existsSync(at("disk1/milvus-onprem"))).toBe(false);
  });

  test.each(["/", "/etc/disk", "/usr", "relative", "/mnt/a:ro"])("%s is refused", async (mount) => {
    const error = await failure(ensureMountFolders(local.host, [mount], "c-1"));
    expect(error.kind).toBe("options");
    expect(error.message).toContain(JSON.stringify(mount));
  });

  test("go with the data, and nothing else on the drive does", async () => {
    await make("disk1");
    writeFileSync(at("disk1/milvus-onprem/part.1"), "data");
    writeFileSync(at("disk1/letter.txt"), "dear");
    await clean(true);
    expect(existsSync(at("disk1/milvus-onprem"))).toBe(false);
    expect(existsSync(at("disk1/.milvus-onprem"))).toBe(false);
    expect(readFileSync(at("disk1/letter.txt"), "utf8")).toBe("dear");
  });

  test("stay when data is kept", async () => {
    await make("disk1");
    writeFileSync(at("disk1/milvus-onprem/part.1"), "data");
    await clean(false);
    expect(readFileSync(at("disk1/milvus-onprem/part.1"), "utf8")).toBe("data");
  });

  test("of a drive that is not mounted cannot be deleted: told, and possible once it is", async () => {
    await make("disk1");
    mounted();
    expect((await failure(clean(true))).message).toMatch(
      /disk1 is not mounted, so the data on its disk cannot/,
    );
    mounted("disk1");
    await clean(true);
    expect(existsSync(at("disk1/milvus-onprem"))).toBe(false);
  });
});

describe("data directories", () => {
  const make = (...names: string[]): Promise<void> => ensureDataDirs(local.host, names.map(at));

  test("are made below a parent that is there", async () => {
    await make("disk1/etcd");
    expect(mode(at("disk1/etcd"))).toBe(0o700);
    expect((await failure(make("disk9/etcd"))).message).toMatch(/make \S+disk9\/etcd failed/);
  });

  test("that were there and are gone are not made anew on the root disk", async () => {
    await make("disk1/etcd");
    rmSync(at("disk1/etcd"), { recursive: true });
    expect((await failure(make("disk1/etcd"))).message).toMatch(
      /disk1\/etcd was there before and is gone\. Mount its disk/,
    );
    expect(existsSync(at("disk1/etcd"))).toBe(false);
  });

  test("are deleted with the data only where they were empty at first", async () => {
    mkdirSync(at("disk2/pulsar"));
    writeFileSync(at("disk2/pulsar/letter.txt"), "dear");
    await make("disk1/etcd", "disk2/pulsar");
    writeFileSync(at("disk1/etcd/db"), "data");
    await clean(true);
    expect(existsSync(at("disk1/etcd"))).toBe(false);
    expect(readFileSync(at("disk2/pulsar/letter.txt"), "utf8")).toBe("dear");
  });

  test("of the system are refused", async () => {
    expect((await failure(ensureDataDirs(local.host, ["/var/lib"]))).kind).toBe("options");
  });
});

describe("the daemon", () => {
  const o = { image: "example/daemon:1", dataRoot: "/srv/milvus" };
  const mounts = (more: object): string[] =>
    daemonArguments({ ...o, ...more }).filter((_, i, all) => all[i - 1] === "--volume");

  test("sees what holds drives and data directories, never making them itself; each once", () => {
    const own = mounts({});
    const dataDirs = ["/mnt/nvme/etcd", "/mnt/nvme/pulsar", "/mnt/d1/milvus", "/opt/milvus-data"];
    expect(mounts({ mountPoints: ["/mnt/d1", "/mnt/d2"], dataDirs })).toEqual([
      ...own,
      "/mnt/d1:/mnt/d1",
      "/mnt/d2:/mnt/d2",
      "/mnt/nvme:/mnt/nvme",
      "/opt/milvus-data:/opt/milvus-data", // its parent is the system's
    ]);
  });

  test("is made anew for another drive, and not for the same", async () => {
    writeFileSync(at("image-example_daemon_1"), "sha256:aaaa\n");
    const daemon = { image: o.image, dataRoot: at("data"), mountPoints: [at("disk1")] };
    expect(await startDaemon(local.host, daemon)).toBe("created");
    expect(await startDaemon(local.host, daemon)).toBe("unchanged");
    const more = { ...daemon, mountPoints: [at("disk1"), at("disk2")] };
    expect(await startDaemon(local.host, more)).toBe("created");
  });
});
