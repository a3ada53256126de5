import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FormProgress } from "../../../lib/api/wire";
import { specDigest } from "../../../lib/daemon/digest";
import type { Manifest } from "../../../lib/daemon/backups/manifest";
import { Shelf } from "../../../lib/daemon/backups/shelf";
import { Former } from "../../../lib/daemon/former";
import { keys } from "../../../lib/daemon/keys";
import { Redactor } from "../../../lib/daemon/redact";
import { SecretsFile } from "../../../lib/daemon/secrets";
import { StateStore } from "../../../lib/daemon/state";
import { EXECUTORS } from "../../../lib/daemon/steps";
import { minioOf } from "../../../lib/spec/pool";
import { FakeHost, formRequest, identityOf, MemoryLog, SECRETS, specOf, temporaryDir } from "./support";

const MORE_SECRETS = {
  registryAuth: { username: "u", password: "registry-secret-19" },
  alertWebhookUrl: "https://alerts.example/hook-secret-20",
  caKeyPem: "ca-key-secret-21",
};
const dir = temporaryDir();

interface Peer {
  former: Former;
  state: StateStore;
  log: MemoryLog;
}

/** A daemon's former on a host; called again with the same host, it is the daemon after a restart. */
async function start(host: FakeHost, name = "peer-1"): Promise<Peer> {
  const dataRoot = join(host.dir, "data");
  const log = new MemoryLog();
  const state = await StateStore.open(dataRoot);
  const former = new Former({
    identity: identityOf(dataRoot, name),
    state,
    secrets: new SecretsFile(host.dir),
    ports: (spec) => host.ports(spec, name),
    backups: host.ports(specOf(dataRoot), name).backups,
    executors: EXECUTORS,
    redactor: new Redactor(),
    log: log.log,
  });
  await former.resume();
  return { former, state, log };
}

async function outcome(former: Former, ...wanted: FormProgress["state"][]): Promise<FormProgress> {
  const end = Date.now() + 20_000;
  while (!wanted.includes(former.progress().state)) {
    if (Date.now() > end) throw new Error(JSON.stringify(former.progress(), null, 2));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return former.progress();
}

const request = (host: FakeHost, ttl?: number) =>
  formRequest(join(host.dir, "data"), ttl === undefined ? {} : { sessionTtlSeconds: ttl });

function at(progress: FormProgress, kind: string) {
  return progress.steps.find((s) => s.kind === kind)!;
}

test("forms: every step is done, the peer is a member, and etcd holds the spec as generation 1", async () => {
  const host = new FakeHost(dir.path());
  const { former, state } = await start(host);
  const first = await former.form(request(host));
  expect(first.state).toBe("running");
  const done = await outcome(former, "done", "failed");
  expect(done.error).toBeUndefined();
  expect(done.steps.map((s) => `${s.kind} ${s.state}`)).toEqual(
    [
      ...["configure", "images", "start", "etcd", "etcdAccess", "storage", "storageAccess", "milvus"],
      ...["credentials", "commit"],
    ].map((k) => `${k} done`),
  );
  expect(state.current).toMatchObject({ state: "member", generation: 1 });
  const committed = JSON.parse(host.store.kv.get(keys("c1").spec)!.value);
  expect(committed).toMatchObject({ generation: 1, digest: specDigest(specOf(join(host.dir, "data"))) });
});

describe("a cluster that is to hold a backup", () => {
  const manifest = (name: string): Manifest => {
    const at = { tso: "1", at: "2026-01-02T03:04:05.000Z" };
    const data = { engine: "portable" as const, server: "2.3.5", read: { from: at, to: at }, databases: [] };
    const cluster = { name: "lost", id: "c0", milvus: "v2.3.5", generation: 1 };
    return {
      ...{ format: 1, name, job: "j", createdAt: at.at, cluster },
      data: { ...data, collections: [] },
    };
  };
  const withBackup = async (host: FakeHost, name: string): Promise<void> => {
    const target = host.ports(specOf(join(host.dir, "data"))).backups.target(specOf("/data"), SECRETS);
    await new Shelf(target, new AbortController().signal).seal(manifest(name));
  };

  test.each(["april", "latest"])("is formed where the backup is there: %s", async (restoreFrom) => {
    const host = new FakeHost(dir.path());
    await withBackup(host, "april");
    const { former } = await start(host);
    await former.form({ ...request(host), restoreFrom });
    expect((await outcome(former, "done", "failed")).state).toBe("done");
  });

  test.each([
    ["march", "april", 'no finished backup "march", and nothing was begun; it has: april; correct'],
    ["latest", undefined, "no finished backup, and nothing was begun; correct"],
  ])("is not begun without it: %s", async (restoreFrom, there, refusal) => {
    const host = new FakeHost(dir.path());
    if (there !== undefined) await withBackup(host, there);
    const { former, state } = await start(host);
    await expect(former.form({ ...request(host), restoreFrom })).rejects.toThrow(refusal);
    expect(state.current).toMatchObject({ state: "unjoined" });
    expect(host.events).toEqual([]);
  });
});

test("only the host of Pulsar waits for Pulsar", async () => {
  const host = new FakeHost(dir.path());
  const { former } = await start(host, "peer-2");
  await former.form(request(host));
  const { steps } = await outcome(former, "done", "failed", "running");
  expect(steps.map((s) => s.kind)).toContain("queue");
  await former.stop();
});

test("starts containers after their data directories exist, owned by whom the image runs as", async () => {
  const host = new FakeHost(dir.path());
  const { former } = await start(host);
  await former.form(request(host));
  await outcome(former, "done", "failed");
  const up = host.events.indexOf("up");
  expect(host.events.slice(0, up)).toContain("mkdir /etcd 700 0:0");
  expect(host.events.filter((e) => e.startsWith("mkdir /minio/"))).toHaveLength(4);
});

test("a second request with the same spec after forming changes nothing", async () => {
  const host = await formed();
  const { former } = await start(host);
  host.events.length = 0;
  const again = await former.form(request(host));
  expect(again.state).toBe("done");
  expect(again.steps.every((s) => s.state === "done")).toBe(true);
  expect(host.events).toEqual([]);
});

test.each(["forming", "member"])("refuses another spec while %s", async (when) => {
  const host = when === "member" ? await formed() : new FakeHost(dir.path());
  host.store.down = when === "forming" ? "connection refused" : undefined;
  const { former } = await start(host);
  await former.form(request(host));
  await expect(former.form(request(host, 60))).rejects.toThrow(/another spec .* tear it down first/);
  await former.stop();
});

test("refuses other credentials while forming: containers may have been started with the first ones", async () => {
  const host = new FakeHost(dir.path());
  host.store.down = "connection refused";
  const { former } = await start(host);
  await former.form(request(host));
  const other = { ...request(host), secrets: { ...SECRETS, minioRootPassword: "another-secret" } };
  await expect(former.form(other)).rejects.toThrow("other credentials");
  await former.stop();
});

test("refuses a spec in which this peer does not occur, or keeps its data elsewhere", async () => {
  const host = new FakeHost(dir.path());
  const { former } = await start(host, "peer-9");
  await expect(former.form(request(host))).rejects.toThrow('no peer "peer-9" at 198.18.0.19');
  const { former: second } = await start(host);
  await expect(second.form(formRequest("/elsewhere"))).rejects.toThrow("/elsewhere");
});

test("says which member is waited for and why, while it waits", async () => {
  const host = new FakeHost(dir.path());
  host.store.refusing.set("https://198.18.0.13:2379", "connect ECONNREFUSED 198.18.0.13:2379");
  const { former } = await start(host);
  await former.form(request(host));
  const end = Date.now() + 10_000;
  while (at(former.progress(), "etcd")?.detail === undefined && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(at(former.progress(), "etcd").detail).toBe(
    "etcd: 2 of 3 members answer; peer-3 (198.18.0.13:2379): connect ECONNREFUSED 198.18.0.13:2379",
  );
  host.store.refusing.clear();
  expect((await outcome(former, "done", "failed")).state).toBe("done");
});

test("goes on by itself after a restart, at the first step that is not done", async () => {
  const host = new FakeHost(dir.path());
  host.store.down = "connection refused";
  const before = await start(host);
  await before.former.form(request(host));
  while (at(before.former.progress(), "etcd").state !== "running") await new Promise(setImmediate);
  await before.former.stop();
  expect(before.state.current.state).toBe("forming");
  host.store.down = undefined;
  host.events.length = 0;
  const after = await start(host);
  expect((await outcome(after.former, "done", "failed")).error).toBeUndefined();
  expect(host.events).toEqual(["password changed"]);
});

test("a failed step is named with its peer, and tried again on the next request", async () => {
  const host = new FakeHost(dir.path());
  const spec = specOf(join(host.dir, "data"));
  host.pullErrors.set(spec.images.etcd, [new Error(`manifest for ${spec.images.etcd} not found`)]);
  const { former } = await start(host);
  await former.form(request(host));
  const failed = await outcome(former, "failed");
  expect(failed.error).toBe(
    `images on peer-1: pull of ${spec.images.etcd} failed: manifest for ${spec.images.etcd} not found`,
  );
  expect(at(failed, "start").state).toBe("pending");
  await former.form(request(host));
  expect((await outcome(former, "done", "failed")).state).toBe("done");
});

test("pulls what is missing and nothing else", async () => {
  const host = new FakeHost(dir.path());
  const { images } = specOf(join(host.dir, "data"));
  host.images = new Set([images.milvus, images.nginx]);
  const { former } = await start(host);
  await former.form(request(host));
  await outcome(former, "done", "failed");
  const pulled = host.events.filter((e) => e.startsWith("pull ")).sort();
  expect(pulled).toEqual([`pull ${images.etcd}`, `pull ${images.minio}`].sort());
});

test("a peer that does not lead waits for the leader's outcome and changes nothing itself", async () => {
  const host = new FakeHost(dir.path());
  host.term = undefined;
  await host.store.limitAccess({ owners: [], user: "milvus_client", prefixes: [], reads: [] });
  const { former } = await start(host, "peer-3");
  await former.form(request(host));
  while (at(former.progress(), "credentials")?.detail === undefined) await new Promise(setImmediate);
  expect(host.events).not.toContain("password changed");
  host.passwords = [SECRETS.milvusRootPassword];
  while (at(former.progress(), "commit")?.state !== "running") await new Promise(setImmediate);
  expect(host.store.kv.has(keys("c1").spec)).toBe(false);
  const digest = specDigest(specOf(join(host.dir, "data")));
  host.store.put(keys("c1").spec, JSON.stringify({ generation: 1, digest, spec: {} }));
  expect((await outcome(former, "done", "failed")).state).toBe("done");
});

test("a leader whose term has ended commits nothing", async () => {
  const host = new FakeHost(dir.path());
  host.store.kv.delete(keys("c1").leader);
  host.store.put(keys("c1").leader, "peer-2");
  const { former } = await start(host);
  await former.form(request(host));
  while (!/term 1 has ended/.test(at(former.progress(), "commit")?.detail ?? ""))
    await new Promise(setImmediate);
  expect(host.store.kv.has(keys("c1").spec)).toBe(false);
  await former.stop();
});

test("kept data is formed again with other settings, as the next generation", async () => {
  const host = new FakeHost(dir.path());
  const spec = specOf(join(host.dir, "data"));
  host.store.put(keys("c1").spec, JSON.stringify({ generation: 4, digest: "of-other-settings", spec }));
  const { former, state } = await start(host);
  await former.form(request(host, 60));
  expect((await outcome(former, "failed", "done")).error).toBeUndefined();
  expect(state.current.generation).toBe(5);
});

test("kept data in another layout is never taken over", async () => {
  const host = new FakeHost(dir.path());
  const spec = specOf(join(host.dir, "data"));
  const before = {
    ...spec,
    storage: { ...spec.storage, pools: minioOf(spec)!.pools.map((pool) => ({ ...pool, drivesPerPeer: 2 })) },
    queue: { ...spec.queue, host: "peer-3" },
  };
  host.store.put(keys("c1").spec, JSON.stringify({ generation: 4, digest: "other", spec: before }));
  const { former, state } = await start(host);
  await former.form(request(host));
  const failed = await outcome(former, "failed", "done");
  expect(failed.error).toMatch(
    /^commit on peer-1: .*\(generation 4\) in another layout: storage was .* x 2 drives, now .* x 4 drives; queue host was peer-3, now peer-2\./,
  );
  expect(state.current.state).toBe("forming");
});

test("Milvus without authorization is reported, not accepted as secured", async () => {
  const host = new FakeHost(dir.path());
  host.passwords = ["Milvus", SECRETS.milvusRootPassword];
  const { former } = await start(host);
  await former.form(request(host));
  while (!/accepts any password/.test(at(former.progress(), "credentials")?.detail ?? "")) {
    await new Promise(setImmediate);
  }
  await former.stop();
});

test("secrets rest in files that only root can read, and appear in no log line and no progress", async () => {
  const host = new FakeHost(dir.path());
  const spec = specOf(join(host.dir, "data"));
  host.pullErrors.set(spec.images.etcd, [new Error(`denied: ${SECRETS.milvusRootPassword}`)]);
  const { former, log } = await start(host);
  await former.form({ ...request(host), ...MORE_SECRETS });
  const failed = await outcome(former, "failed");
  await former.form({ ...request(host), ...MORE_SECRETS });
  const done = await outcome(former, "done");
  const spoken = JSON.stringify([failed, done, log.lines]);
  for (const secret of [
    ...Object.values(SECRETS).slice(1),
    "registry-secret-19",
    "hook-secret-20",
    "ca-key-secret-21",
  ])
    expect(spoken).not.toContain(secret);
  expect(failed.error).toContain("denied: [secret]");
  for (const file of ["secrets.json", "rendered/milvus.yaml", "data/daemon/state.json"]) {
    expect({ file, mode: (await stat(join(host.dir, file))).mode & 0o777 }).toEqual({ file, mode: 0o600 });
  }
  expect(await readFile(join(host.dir, "data/daemon/state.json"), "utf8")).not.toContain("secret");
});

test("a damaged state file stops the daemon instead of forgetting the cluster", async () => {
  const host = await formed();
  await mkdir(join(host.dir, "data/daemon"), { recursive: true });
  await writeFile(join(host.dir, "data/daemon/state.json"), '{"state": "memb');
  await expect(start(host)).rejects.toThrow(/state.json is damaged/);
});

async function formed(): Promise<FakeHost> {
  const host = new FakeHost(dir.path());
  const { former } = await start(host);
  await former.form(request(host));
  const { error } = await outcome(former, "done", "failed");
  if (error !== undefined) throw new Error(error);
  return host;
}

test("a container that does not stay up is told, with where to look", async () => {
  const host = new FakeHost(dir.path());
  host.store.refusing.set("https://198.18.0.11:2379", "connect ECONNREFUSED 198.18.0.11:2379");
  const { former } = await start(host);
  await former.form(request(host));
  while (at(former.progress(), "etcd")?.state !== "running") await new Promise(setImmediate);
  const restarting = { health: "unhealthy", status: "Restarting (1) 3 seconds ago" } as const;
  host.containers = host.containers.map((c) => (c.service === "etcd" ? { ...c, ...restarting } : c));
  const told = /etcd on peer-1 is "Restarting \(1\) 3 seconds ago": see docker logs milvus-etcd there/;
  while (!told.test(at(former.progress(), "etcd").detail ?? "")) await new Promise(setImmediate);
  await former.stop();
});

test("a registry that is away for a moment is asked again, and the progress says why it takes longer", async () => {
  const host = new FakeHost(dir.path());
  const { images } = specOf(join(host.dir, "data"));
  host.pullErrors.set(images.minio, [new Error("dial tcp: connection refused")]);
  const { former } = await start(host);
  await former.form(request(host));
  while (
    !/trying again after: dial tcp: connection refused/.test(at(former.progress(), "images").detail ?? "")
  ) {
    await new Promise(setImmediate);
  }
  expect((await outcome(former, "done", "failed")).state).toBe("done");
});

test("a coordinator whose lease ended while the cluster was being formed is started anew: it never comes back by itself", async () => {
  const host = new FakeHost(dir.path());
  const { former } = await start(host);
  const health = "http://127.0.0.1:9091/healthz";
  host.answers.set(health, { status: 500, body: "component rootcoord state is Abnormal" });
  await former.form(request(host));
  while (at(former.progress(), "milvus")?.detail === undefined) await new Promise(setImmediate);
  expect(host.events).not.toContain("restart coord");
  host.containers = host.containers.map((c) => (c.service === "coord" ? { ...c, health: "unhealthy" } : c));
  while (!host.events.includes("restart coord")) await new Promise(setImmediate);
  host.answers.delete(health);
  expect((await outcome(former, "done", "failed")).error).toBeUndefined();
});
