import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Former } from "../../../lib/daemon/former";
import { Redactor } from "../../../lib/daemon/redact";
import { DATA_DIRS } from "../../../lib/daemon/rendered";
import { SecretsFile } from "../../../lib/daemon/secrets";
import { StateStore } from "../../../lib/daemon/state";
import { EXECUTORS } from "../../../lib/daemon/steps";
import { teardown } from "../../../lib/daemon/teardown";
import { peerServices } from "../../../lib/render";
import { FakeHost, identityOf, MemoryLog, SECRETS, specOf, temporaryDir } from "./support";

const dir = temporaryDir();

/** Copies that moves of Pulsar leave. */
const ASIDE = ["pulsar.moved", "pulsar.arrived", "pulsar.0badcafe.part"];

/** A member with data, a rendered configuration and secrets on disk. */
async function member() {
  const dataRoot = join(dir.path(), "data");
  const host = new FakeHost(dir.path());
  const spec = specOf(dataRoot);
  const ports = host.ports(spec);
  const state = await StateStore.open(dataRoot);
  const secrets = new SecretsFile(dir.path());
  await secrets.save({ cluster: SECRETS });
  await state.change({ state: "forming", spec, specDigest: "d" });
  await state.change({ state: "member", spec, specDigest: "d", generation: 1 });
  await ports.files.write(spec, SECRETS);
  for (const name of [...DATA_DIRS, ...ASIDE, "of-somebody-else"]) {
    await mkdir(join(dataRoot, name, "deep"), { recursive: true });
    await writeFile(join(dataRoot, name, "deep", "file"), "x");
  }
  const former = new Former({
    identity: identityOf(dataRoot),
    state,
    secrets,
    ports: () => ports,
    backups: ports.backups,
    executors: EXECUTORS,
    redactor: new Redactor(),
    log: new MemoryLog().log,
  });
  const leave = async () => void host.events.push("left");
  const o = { former, state, secrets, compose: ports.compose, files: ports.files, leave };
  return { host, state, dataRoot, o };
}

test("stops everything, forgets cluster and secrets, and keeps data unless told", async () => {
  const { host, state, dataRoot, o } = await member();
  await teardown(o, { deleteData: false });
  expect(host.events).toEqual(["left", "down"]);
  expect(state.current).toEqual({ state: "unjoined" });
  expect(await readdir(dir.path())).toEqual(["data"]);
  expect((await readdir(dataRoot)).sort()).toEqual(
    [...DATA_DIRS, ...ASIDE, "daemon", "of-somebody-else"].sort(),
  );
});

test("deletes data when told, waiting for nobody to write it, and nothing that is not the cluster's; again is no error", async () => {
  const { host, state, dataRoot, o } = await member();
  await teardown(o, { deleteData: true });
  expect(host.graces).toEqual(new Map([["all", 5]]));
  await teardown(o, { deleteData: true });
  expect((await readdir(dataRoot)).sort()).toEqual(["daemon", "of-somebody-else"]);
  expect(state.current.state).toBe("unjoined");
});

test("a teardown that fails half-way can be repeated", async () => {
  const { state, o } = await member();
  const compose = { ...o.compose, down: () => Promise.reject(new Error("docker compose down failed")) };
  await expect(teardown({ ...o, compose }, { deleteData: true })).rejects.toThrow(
    "docker compose down failed",
  );
  expect(state.current.state).toBe("member");
  await teardown(o, { deleteData: true });
  expect(state.current.state).toBe("unjoined");
});

test("every directory that a component writes to is one that teardown deletes", () => {
  const spec = specOf("/data");
  const mounts = spec.peers.flatMap((peer) =>
    Object.values(peerServices(spec, peer)).flatMap((s) => (s.data ?? []).map(({ source }) => source)),
  );
  const top = mounts.filter((m) => m.startsWith("/data/")).map((m) => m.split("/")[2]);
  expect([...new Set(top)].sort()).toEqual([...DATA_DIRS].sort());
});
