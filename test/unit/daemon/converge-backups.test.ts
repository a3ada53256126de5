import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FolderTarget } from "../../../lib/daemon/backups/folder";
import type { ClusterSecrets } from "../../../lib/spec/secrets";
import type { BackupsSpec, ClusterSpec } from "../../../lib/spec/spec";
import { changed, committed, events, formed, jobOf, NAMES } from "./converge-support";
import type { Peers } from "./peers-support";
import { SECRETS, temporaryDir } from "./support";

jest.setTimeout(60_000);

const KEYS: ClusterSecrets = {
  ...SECRETS,
  external: { backupAccessKey: "backup-access-71", backupSecretKey: "backup-secret-72" },
};
const BACKUPS: BackupsSpec = {
  ...{ timeZone: "UTC", keep: { last: 7, daily: 0, weekly: 0, monthly: 0 } },
  target: {
    ...{ kind: "s3", host: "s3.example", port: 443, tls: true },
    ...{ bucket: "b", prefix: "vectors", pathStyle: true },
  },
};

const dir = temporaryDir();
let peers: Peers;
let from: ClusterSpec;
let to: ClusterSpec;
/** Peer and secret key of each time that a target was asked for. */
let asked: string[];
beforeEach(async () => {
  peers = await formed(dir.path());
  from = peers.spec;
  to = changed(peers, { backups: BACKUPS, secrets: { generation: 1, backups: "1a2b3c4d" } });
  asked = [];
  peers.targetFor = (peer, spec, { external }) => {
    const target = spec.backups?.target;
    asked.push(
      `${peer}: ${target?.kind === "s3" ? target.host : "no store"} by ${external?.backupSecretKey}`,
    );
    return peers.bucket;
  };
});
afterEach(() => peers.stop());

const put = async () => {
  const leader = peers.elect("peer-1");
  await leader.secrets.stage({ of: "1+1a2b3c4d", cluster: KEYS });
  const job = jobOf(peers, { from, to });
  return { job, run: () => job.run(leader) };
};

test("a new target is tried from every peer with its new keys, leaves nothing there and touches no container", async () => {
  const { run } = await put();
  await run();
  expect(asked.sort()).toEqual(NAMES.map((name) => `${name}: s3.example by backup-secret-72`));
  expect(committed(peers)).toMatchObject({ generation: 2, spec: { backups: BACKUPS } });
  for await (const left of peers.bucket.list("")) throw new Error(left.path);
  expect(events(peers)).toEqual([[], [], []]);
});

test("every peer keeps the keys where root alone reads them; neither etcd nor the job tells of them", async () => {
  const { run, job } = await put();
  await run();
  for (const { config, secrets } of peers.all) {
    expect(await readFile(join(config.configDir, "secrets.json"), "utf8")).toContain("backup-secret-72");
    expect((await secrets.of(to)).cluster.external).toEqual(KEYS.external);
  }
  const told = [...[...peers.store.kv.values()].map(({ value }) => value), ...job.lines, ...peers.log.lines];
  expect(told.join()).not.toMatch(/backup-secret-72|backup-access-71/);
});

describe("a directory", () => {
  const DIRECTORY: BackupsSpec = {
    ...BACKUPS,
    target: { kind: "directory", path: "/mnt/backups", prefix: "vectors" },
  };
  beforeEach(() => {
    to = changed(peers, { backups: DIRECTORY });
    peers.targetFor = () => peers.bucket;
  });

  test("that is one share on every peer is taken, and nothing is left in it", async () => {
    await jobOf(peers, { from, to }).run(peers.elect("peer-1"));
    expect(committed(peers)).toMatchObject({ generation: 2, spec: { backups: DIRECTORY } });
    for await (const left of peers.bucket.list("")) throw new Error(left.path);
  });

  test("that is another one on a peer is refused with what to do", async () => {
    const other = new FolderTarget(join(dir.path(), "other"));
    peers.targetFor = (peer) => (peer === "peer-2" ? other : peers.bucket);
    await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
      /peer-2.*what peer-1 has written is not there: mount one and the same share on every peer/,
    );
    expect(committed(peers)).toMatchObject({ generation: 1 });
    for await (const left of peers.bucket.list("")) throw new Error(left.path);
  });
});

test("one that refuses peers is named with each of them, the others leave nothing, and the old spec stays in force", async () => {
  const { run } = await put();
  const { bucket } = peers;
  const refused = (peer: string) =>
    new Error(`bucket b at s3.example:443: write .probe-${peer}: AccessDenied`);
  peers.targetFor = (peer) =>
    peer === "peer-2"
      ? bucket
      : Object.assign(Object.create(bucket) as typeof bucket, { put: () => Promise.reject(refused(peer)) });
  await expect(run()).rejects.toThrow(
    /peer-1: .*write \.probe-peer-1: AccessDenied; peer-3: .*write \.probe-peer-3: AccessDenied/,
  );
  for await (const left of bucket.list("")) throw new Error(left.path);
  expect(committed(peers)).toMatchObject({ generation: 1 });
});
