import { UNKNOWN } from "../../../lib/provider/framework";
import type { Fields } from "../../../lib/provider/framework/schema";
import { cluster } from "../../../lib/provider/resources/cluster/cluster";
import type { ClusterModel } from "../../../lib/provider/resources/cluster/schema";
import {
  clusterSecrets,
  secretMarks,
  type SecretMarks,
} from "../../../lib/provider/resources/cluster/secrets";
import { PEERS } from "./cluster-config";
import { planResource } from "./plan-resource";

const OWN = {
  ...{ minio_root_user: "root", minio_root_password: "pw", milvus_root_password: "pw2" },
  ...{ minio_user: "milvus-1", minio_password: "pw3", pulsar_token_key: "a2V5", pulsar_token: "a.b.c" },
};
const NONE = {
  ...{ s3_access_key: null, s3_secret_key: null, external_pulsar_token: null },
  ...{
    kafka_user: null,
    kafka_password: null,
    backup_access_key: null,
    backup_secret_key: null,
    backup_identity: null,
  },
};
/** Peers that are not known yet: all that is planned then is the secrets. */
const CONFIG = {
  name: "vectors",
  version: "v2.3.5",
  cluster_id: "c1",
  ca_cert_pem: "cert",
  token: "t",
  ...OWN,
};
const PRIOR = { ...CONFIG, deletion_protection: true, on_destroy: "keep_data" };

const errors = async (prior: Fields, change: Fields): Promise<string[]> =>
  (
    await planResource(cluster, {
      prior: { ...PRIOR, ...prior },
      config: { ...CONFIG, peers: UNKNOWN, ...change },
    })
  ).errors;

const EXCHANGED = ["minio_root_password", "milvus_root_password", "minio_user", "minio_password"];

test.each(["minio_root_user", "pulsar_token_key", "pulsar_token", ...EXCHANGED])(
  "another %s alone is refused, also one that is not known yet",
  async (name) => {
    for (const value of ["other", UNKNOWN] as const) {
      expect(await errors({}, { [name]: value })).toEqual([
        expect.stringMatching(
          `^Cannot replace the credentials of cluster vectors: ${name} is to change[;,] .* Keep`,
        ),
      ]);
    }
  },
);

test("with another generation come other passwords, known or not, and nothing else", async () => {
  for (const value of ["other", UNKNOWN] as const) {
    const all = Object.fromEntries(EXCHANGED.map((name) => [name, value]));
    expect(await errors({}, { ...all, secrets_generation: 2 })).toEqual([]);
  }
  expect(await errors({}, { pulsar_token: "other", secrets_generation: 2 })).toHaveLength(1);
});

test("secrets that the state of an earlier release lacks come to be known", async () => {
  const none = { minio_user: null, minio_password: null, pulsar_token_key: null, pulsar_token: null };
  const unknown: Fields = Object.fromEntries(Object.keys(none).map((name) => [name, UNKNOWN]));
  expect(await errors(none, unknown)).toEqual([]);
});

describe("secrets of services outside", () => {
  const AT = { name: "vectors", version: "v2.3.5", peers: PEERS };
  const STORE = {
    storage: { s3: { endpoint: "https://s3.example" }, bucket: "vectors" } as unknown as Fields,
  };
  const KEYS = { s3_access_key: "sesame-key-1", s3_secret_key: "sesame-secret-1" };
  const QUEUE = { queue: { pulsar_singleton: { host: "peer-1" } } as unknown as Fields };
  const config = { ...CONFIG, ...AT, ...STORE, ...QUEUE, ...KEYS };
  const prior = { ...config, deletion_protection: true, on_destroy: "keep_data" };
  const plan = (change: Fields) => planResource(cluster, { prior, config: { ...config, ...change } });

  test("another one has the roles that read it started anew, and the plan tells of no value", async () => {
    const { errors: found, values } = await plan({ s3_secret_key: "sesame-secret-2" });
    expect(found).toEqual([]);
    const rollout = values.rollout as string[];
    expect(rollout.filter((title) => title.startsWith("restart "))).toHaveLength(5);
    const shown = JSON.stringify([rollout, values.rendered]);
    expect(shown).toMatch(/\(sensitive, mark [0-9a-f]{8}\)/);
    expect(shown).not.toContain("sesame");
  });

  test("the same ones change nothing, and of one that is not known yet nothing is promised", async () => {
    expect((await plan({})).values.rollout).toBeNull();
    const { errors: found, values } = await plan({ s3_secret_key: UNKNOWN });
    expect([found, values.rollout]).toEqual([[], UNKNOWN]);
  });

  test("one that is taken away, or that nothing asks for, is refused", async () => {
    expect((await plan({ s3_secret_key: null })).errors.join()).toContain("s3_secret_key is missing");
    expect((await plan({ kafka_user: "sesame" })).errors.join()).toContain("kafka_user is not asked for");
  });

  const TARGET = {
    backups: {
      target: { s3: { endpoint: "https://backups.example", bucket: "backups" } },
    } as unknown as Fields,
  };
  const BACKUP_KEYS = { backup_access_key: "sesame-key-2", backup_secret_key: "sesame-secret-3" };

  test("a target of backups is tried from every peer, and no role of Milvus notices it or its keys", async () => {
    const added = await plan({ ...TARGET, ...BACKUP_KEYS });
    expect(added.errors).toEqual([]);
    expect(added.warnings.join()).toMatch(
      /backups are made in backups\/vectors at backups.example:443 from then on/,
    );
    const reach =
      "write to backups/vectors at backups.example:443, read and delete there, from peer-1, peer-2, peer-3";
    const there = { ...config, ...TARGET, ...BACKUP_KEYS };
    const changed = await planResource(cluster, {
      prior: { ...prior, ...TARGET, ...BACKUP_KEYS },
      config: { ...there, backup_secret_key: "sesame-secret-4" },
    });
    for (const { values } of [added, changed]) {
      const [check, second, ...others] = values.rollout as string[];
      expect([check, second]).toEqual([expect.stringMatching("^see that every peer"), reach]);
      expect(others.filter((title) => title.startsWith("restart "))).toEqual([]);
      expect(JSON.stringify([values.rollout, values.rendered])).not.toContain("sesame");
    }
  });

  test("a formed cluster is refused a target without its keys", async () => {
    expect((await plan(TARGET)).errors.join()).toContain(
      'backup_access_key is missing: backups.target.s3.endpoint is "https://backups.example"; give it',
    );
    expect((await plan(BACKUP_KEYS)).errors.join()).toContain("backup_secret_key is not asked for");
  });

  test("their mark depends on all of them, and on what only this cluster knows", () => {
    const mark = (planned: object, root = "pw"): unknown =>
      (
        secretMarks(
          { ...NONE, ...KEYS, ...planned } as unknown as ClusterModel,
          { ...NONE, ...KEYS, minio_root_password: root } as unknown as ClusterModel,
          undefined,
        ) as SecretMarks
      ).outsideSecrets;
    const marks = [{ s3_secret_key: "a" }, { s3_access_key: "a" }].map((planned) => mark(planned));
    expect(new Set([...marks, mark({ s3_secret_key: "a" }, "pw2")]).size).toBe(3);
    expect(mark({ s3_secret_key: "a" })).toBe(marks[0]);
    expect(mark({})).toBeUndefined();
  });
});

test("a cluster is formed with its own secrets, and with those of others where there are any", () => {
  const secrets = {
    ...{ minioRootUser: "root", minioRootPassword: "pw", milvusRootPassword: "pw2" },
    ...{ minioUser: "milvus-1", minioPassword: "pw3", pulsarTokenKey: "a2V5", pulsarToken: "a.b.c" },
  };
  const of = (more: object): object =>
    clusterSecrets({ ...OWN, ...NONE, ...more } as unknown as ClusterModel);
  expect(of({})).toStrictEqual(secrets);
  expect(of({ kafka_user: "u", kafka_password: "p" })).toEqual({
    ...secrets,
    external: { kafkaUser: "u", kafkaPassword: "p" },
  });
  expect(of({ s3_access_key: "a", s3_secret_key: "s", external_pulsar_token: "t" })).toEqual({
    ...secrets,
    external: { s3AccessKey: "a", s3SecretKey: "s", pulsarToken: "t" },
  });
  expect(of({ backup_access_key: "a", backup_secret_key: "s" })).toEqual({
    ...secrets,
    external: { backupAccessKey: "a", backupSecretKey: "s" },
  });
  expect(of({ backup_identity: "AGE-SECRET-KEY-1" })).toEqual({
    ...secrets,
    external: { backupIdentity: "AGE-SECRET-KEY-1" },
  });
});
