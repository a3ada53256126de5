import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterSecrets } from "../../../lib/spec/secrets";
import type { ClusterSpec } from "../../../lib/spec/spec";
import {
  anew,
  changed,
  committed,
  events,
  formed,
  jobOf,
  NAMES,
  running,
  unfinished,
  wanted,
} from "./converge-support";
import type { Peers } from "./peers-support";
import { SECRETS, temporaryDir } from "./support";

jest.setTimeout(60_000);

const NEW: ClusterSecrets = {
  ...SECRETS,
  minioRootPassword: "minio-secret-after",
  milvusRootPassword: "milvus-secret-after",
  minioUser: "milvus-of-minio-after",
  minioPassword: "minio-user-secret-after",
};
const GIVEN = { of: "2", cluster: NEW };

const dir = temporaryDir();
let peers: Peers;
let from: ClusterSpec;
let to: ClusterSpec;
beforeEach(async () => {
  peers = await formed(dir.path());
  from = peers.spec;
  to = changed(peers, { secrets: { generation: 2 } });
});
afterEach(() => peers.stop());

const onDisk = (name: string): Promise<string[]> =>
  Promise.all(NAMES.map((peer) => readFile(join(peers.of(peer).config.configDir, "rendered", name), "utf8")));
const kept = (): Promise<string[]> =>
  Promise.all(peers.all.map(({ config }) => readFile(join(config.configDir, "secrets.json"), "utf8")));
const removed = (): string[] =>
  peers.all.flatMap(({ host }) => host.sentTo.filter((request) => request.startsWith("DELETE")));
const goneUser = (name: string): string => `DELETE /minio/admin/v3/remove-user?accessKey=${name}`;

describe("an exchange of the cluster's secrets", () => {
  test("gives every container that reads them the new ones, and ends the old ones after the last of them", async () => {
    const leader = peers.elect("peer-1");
    await leader.secrets.stage(GIVEN);
    const job = jobOf(peers, { from, to });
    await job.run(leader, { until: "restart proxy" });
    expect([peers.milvus.rootPassword, removed()]).toEqual([SECRETS.milvusRootPassword, []]);
    for (const yaml of await onDisk("milvus.yaml")) {
      expect(yaml).toContain(NEW.minioUser);
      expect(yaml).toContain(NEW.minioPassword);
    }
    await job.run(leader);
    expect(running(peers, "querynode")).toEqual(wanted(to, "querynode"));
    expect([peers.milvus.rootPassword, removed()]).toEqual([
      NEW.milvusRootPassword,
      [goneUser(SECRETS.minioUser)],
    ]);
    expect(committed(peers)).toMatchObject({ generation: 2, spec: { secrets: { generation: 2 } } });
  });

  test("leaves no secret in etcd, in what a job tells, nor where others than root may read", async () => {
    const leader = peers.elect("peer-1");
    await leader.secrets.stage(GIVEN);
    const job = jobOf(peers, { from, to });
    await job.run(leader);
    const told = [
      ...[...peers.store.kv.values()].map(({ value }) => value),
      ...job.lines,
      ...peers.log.lines,
    ];
    for (const secret of [...Object.values(NEW), ...Object.values(SECRETS)])
      expect(told.join("\n") + JSON.stringify(job.result)).not.toContain(secret);
    for (const { config } of peers.all)
      expect((await stat(join(config.configDir, "secrets.json"))).mode & 0o777).toBe(0o600);
  });

  test("is gone on with by another leader, which has them from before anything was touched", async () => {
    const leader = peers.elect("peer-1");
    await leader.secrets.stage(GIVEN);
    const job = jobOf(peers, { from, to });
    await job.run(leader, { until: "restart indexnode" });
    await leader.down();
    await leader.up();
    await job.run(peers.elect("peer-2"));
    expect(peers.milvus.rootPassword).toBe(NEW.milvusRootPassword);
    expect(anew(job).filter((line) => line.endsWith("coord"))).toHaveLength(NAMES.length);
  });

  test("of which the leader has not been told touches nothing, and says what to do", async () => {
    await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
      /secrets\.json has no generation 2 of the cluster's secrets: apply the change again$/,
    );
    expect([events(peers), unfinished(peers)]).toEqual([[[], [], []], undefined]);
  });

  test.each(["restart coord", "revoke"])("that has come as far as %s is taken back whole", async (until) => {
    const leader = peers.elect("peer-1");
    await leader.secrets.stage(GIVEN);
    await jobOf(peers, { from, to }).run(leader, { until });
    peers.all.forEach(({ host }) => host.sentTo.splice(0));
    await jobOf(peers, { from, to: from, unfinished: to }, "0mijk2x9b-000000").run(peers.elect("peer-3"));
    expect(peers.milvus.rootPassword).toBe(SECRETS.milvusRootPassword);
    for (const yaml of await onDisk("milvus.yaml")) expect(yaml).toContain(SECRETS.minioPassword);
    for (const text of await kept()) expect(text).not.toContain(NEW.minioPassword);
    expect(removed()).toEqual([goneUser(NEW.minioUser)]);
    expect([running(peers, "coord"), unfinished(peers)]).toEqual([wanted(from, "coord"), undefined]);
  });
});
