import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cleanHost,
  daemonRunning,
  daemonState,
  hostWrapper,
  startDaemon,
  stopDaemon,
  type DaemonOptions,
} from "../../../lib/host";
import { fakeDocker, type FakeDocker } from "./fake-docker";
import { failure, localHost, type LocalHost } from "./support";

let local: LocalHost;
let docker: FakeDocker;
let daemon: DaemonOptions;
beforeEach(async () => {
  local = await localHost();
  docker = fakeDocker(local);
  daemon = { image: "example/daemon:1", dataRoot: at("data") };
  writeFileSync(at("image-example_daemon_1"), "sha256:aaaa\n");
});
afterEach(() => local.stop());

const at = (name: string): string => join(local.dir, name);

describe("startDaemon", () => {
  test("runs the container with host network, restart policy, log rotation and the same paths inside, in one round trip", async () => {
    expect(await startDaemon(local.host, daemon)).toBe("created");
    expect(local.server.commands).toHaveLength(1);
    const run = docker.log().find((line) => line.startsWith("run "));
    for (const part of [
      "--detach --name milvus-onprem --network host --restart always",
      "--volume /var/run/docker.sock:/var/run/docker.sock",
      `--volume ${at("etc/milvus-onprem")}:${at("etc/milvus-onprem")}`,
      `--volume ${at("data")}:${at("data")}`,
      "--env NODE_OPTIONS=--max-old-space-size=",
      "--log-driver json-file --log-opt max-size=10m --log-opt max-file=3",
    ]) {
      expect(run).toContain(part);
    }
    expect(run).toMatch(/ example\/daemon:1 daemon$/);
  });

  test.each([
    ["shared", ":rslave"],
    ["shared,slave", ":rslave"],
    ["private", ""],
  ])("sees what is mounted below /mnt later where the host's mounts are %s", async (propagation, option) => {
    local.program("findmnt", `echo ${propagation}`);
    await startDaemon(local.host, daemon);
    const run = docker.log().find((line) => line.startsWith("run "));
    expect(run).toContain(` --volume=/mnt:/mnt${option} `);
  });

  test("places the command on the host that runs the CLI from this image", async () => {
    await startDaemon(local.host, daemon);
    const placed = readFileSync(at("usr/local/bin/milvus-onprem"), "utf8");
    expect(placed.replaceAll(local.dir, "")).toBe(hostWrapper(daemon.image));
  });

  test("a second time changes nothing", async () => {
    await startDaemon(local.host, daemon);
    docker.changes();
    expect(await startDaemon(local.host, daemon)).toBe("unchanged");
    expect(docker.changes()).toEqual([]);
  });

  test.each<[string, () => void, () => Partial<DaemonOptions>, string, string[]]>([
    [
      "a new image under the old name",
      () => writeFileSync(at("image-example_daemon_1"), "sha256:bbbb\n"),
      () => ({}),
      "created",
      ["stop", "rm", "run"],
    ],
    [
      "another data directory",
      () => undefined,
      () => ({ dataRoot: at("elsewhere") }),
      "created",
      ["stop", "rm", "run"],
    ],
    [
      "files that it reads at its start",
      () => undefined,
      () => ({ restart: true }),
      "restarted",
      ["restart"],
    ],
    [
      "that it was stopped",
      () => writeFileSync(at("container"), readFileSync(at("container"), "utf8").replace("true", "false")),
      () => ({}),
      "started",
      ["start"],
    ],
  ])("notices %s", async (_title, change, more, action, commands) => {
    await startDaemon(local.host, daemon);
    docker.changes();
    change();
    expect(await startDaemon(local.host, { ...daemon, ...more() })).toBe(action);
    expect(docker.changes()).toEqual(commands);
  });

  test("an image that is not there is named", async () => {
    const error = await failure(startDaemon(local.host, { ...daemon, image: "example/other:1" }));
    expect(error.message).toMatch(/start the daemon from image example\/other:1 failed/);
  });

  test.each([
    "/",
    "/var/lib",
    "/etc/milvus",
    "/home/",
    "/usr/local/x",
    "relative",
    "/data:ro",
    "/data/../etc",
  ])("refuses %s as data directory", async (dataRoot) => {
    const error = await failure(startDaemon(local.host, { ...daemon, dataRoot }));
    expect(error.kind).toBe("options");
    expect(error.message).toContain(JSON.stringify(dataRoot));
    expect(local.server.commands).toEqual([]);
  });
});

test("stopDaemon and cleanHost are content on a VM without Docker", async () => {
  mkdirSync(at("base"));
  for (const p of ["sh", "rm"]) symlinkSync(`/usr/bin/${p}`, at(`base/${p}`));
  local.program("env", `shift; PATH="$DIR/base" exec "$@"`);
  await expect(stopDaemon(local.host)).resolves.toBeUndefined();
  await expect(cleanHost(local.host, { deleteData: false, dataRoot: at("data") })).resolves.toBeUndefined();
});

test("stopDaemon removes the container, and is content when there is none", async () => {
  await startDaemon(local.host, daemon);
  await stopDaemon(local.host);
  expect(existsSync(at("container"))).toBe(false);
  await stopDaemon(local.host);
});

describe("daemonState", () => {
  test("of a daemon that restarts again and again: why", async () => {
    local.program(
      "docker",
      `case $1 in inspect) echo "restarting 4 1 sha256:aaaa" ;; logs) echo "no identity"; echo "giving up" >&2 ;; esac`,
    );
    expect(await daemonState(local.host)).toEqual({
      ...{ status: "restarting", restarts: 4, exitCode: 1, image: "sha256:aaaa" },
      log: "no identity\ngiving up",
    });
    expect(await daemonRunning(local.host)).toBe(false);
  });

  test("of none", async () => {
    local.program("docker", "echo; exit 1"); // as the real one
    expect(await daemonState(local.host)).toMatchObject({ status: "missing", log: "" });
  });
});

describe("cleanHost", () => {
  const ls = (path: string): string[] =>
    execFileSync("find", [path, "-mindepth", "1"]).toString().split("\n").filter(Boolean);
  async function used(): Promise<void> {
    await startDaemon(local.host, daemon);
    mkdirSync(at("data/etcd/member"), { recursive: true });
    writeFileSync(at("data/etcd/member/db"), "data");
    writeFileSync(at("etc/milvus-onprem/identity.json"), "secret");
  }

  test("takes containers, configuration and command off, and keeps the data", async () => {
    await used();
    await cleanHost(local.host, { deleteData: false, dataRoot: at("data") });
    expect(docker.log().filter((l) => l.startsWith("rm "))).toEqual(
      expect.arrayContaining(["rm --force --volumes 1111", "rm --force --volumes 2222"]),
    );
    expect(existsSync(at("etc/milvus-onprem"))).toBe(false);
    expect(existsSync(at("usr/local/bin/milvus-onprem"))).toBe(false);
    expect(readFileSync(at("data/etcd/member/db"), "utf8")).toBe("data");
  });

  test("deletes the data when asked, also after it was kept first, and twice", async () => {
    await used();
    await cleanHost(local.host, { deleteData: false, dataRoot: at("data") });
    await cleanHost(local.host, { deleteData: true, dataRoot: at("data") });
    expect(existsSync(at("data"))).toBe(false);
    await cleanHost(local.host, { deleteData: true, dataRoot: at("data") });
  });

  test("never deletes from a directory that held files of others before", async () => {
    mkdirSync(at("data"));
    writeFileSync(at("data/letter.txt"), "dear");
    await used();
    const error = await failure(cleanHost(local.host, { deleteData: true, dataRoot: at("data") }));
    expect(error.message).toMatch(/is not marked as ours .* delete it by hand/);
    expect(ls(at("data"))).toContain(at("data/letter.txt"));
    expect(existsSync(at("container"))).toBe(true);
  });

  test("drives mounted in the data directory do not make it somebody else's", async () => {
    mkdirSync(at("data/minio/drive-1/lost+found"), { recursive: true });
    await used();
    await cleanHost(local.host, { deleteData: true, dataRoot: at("data") });
    expect(existsSync(at("data"))).toBe(false);
  });
});
