import { UNKNOWN } from "../../../lib/provider/framework";
import type { Fields } from "../../../lib/provider/framework/schema";
import { cluster } from "../../../lib/provider/resources/cluster/cluster";
import type { ClusterModel } from "../../../lib/provider/resources/cluster/schema";
import { clusterSecrets } from "../../../lib/provider/resources/cluster/secrets";
import { planResource } from "./plan-resource";

const OWN = {
  ...{ minio_root_user: "root", minio_root_password: "pw", milvus_root_password: "pw2" },
  ...{ minio_user: "milvus-1", minio_password: "pw3", pulsar_token_key: "a2V5", pulsar_token: "a.b.c" },
};
const NONE = {
  ...{ s3_access_key: null, s3_secret_key: null, external_pulsar_token: null },
  ...{ kafka_user: null, kafka_password: null },
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

test.each(["minio_user", "minio_password", "pulsar_token_key", "pulsar_token", "minio_root_password"])(
  "another %s is refused, also one that is not known yet",
  async (name) => {
    for (const value of ["other", UNKNOWN] as const) {
      expect(await errors({}, { [name]: value })).toEqual([
        expect.stringMatching(
          `^Cannot replace the credentials of cluster vectors: ${name} is to change; .* Keep`,
        ),
      ]);
    }
  },
);

test("secrets that the state of an earlier release lacks come to be known", async () => {
  const none = { minio_user: null, minio_password: null, pulsar_token_key: null, pulsar_token: null };
  const unknown: Fields = Object.fromEntries(Object.keys(none).map((name) => [name, UNKNOWN]));
  expect(await errors(none, unknown)).toEqual([]);
});

test.each(["s3_access_key", "s3_secret_key", "external_pulsar_token", "kafka_user", "kafka_password"])(
  "another %s is refused, and where there was none; no value is told",
  async (name) => {
    for (const before of [null, "sesame-1"]) {
      const said = await errors({ [name]: before }, { [name]: "sesame-2" });
      expect(said).toEqual([
        expect.stringMatching(`^Cannot change ${name} of cluster vectors: .* Put ${name} back`),
      ]);
      expect(said.join()).not.toContain("sesame");
    }
  },
);

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
});
