import { UNKNOWN } from "../../../lib/provider/framework";
import type { Fields } from "../../../lib/provider/framework/schema";
import { credentials } from "../../../lib/provider/resources/credentials";
import { planResource } from "./plan-resource";

const CONFIG = { cluster_name: "vectors", token_generation: 1, secrets_generation: null };
const EARLIER = {
  ...CONFIG,
  ...{ id: "vectors-1", ca_cert_pem: "cert", ca_key_pem: "key", token: "mop1.a.b" },
  ...{ minio_root_user: "root", minio_root_password: "pw", milvus_root_password: "pw2" },
};
const LATER = {
  minio_user: "milvus-1",
  minio_password: "pw3",
  pulsar_token_key: "a2V5",
  pulsar_token: "a.b.c",
};

type Model = Parameters<NonNullable<typeof credentials.update>>[0]["prior"];
const update = (prior: Fields, planned = prior): Promise<Partial<Model>> =>
  credentials.update!({ prior: prior as unknown as Model, planned: planned as unknown as Model } as never);

test("the state of an earlier release lacks secrets: they are planned, and made together; the others stay", async () => {
  const none = { minio_user: null, minio_password: null, pulsar_token_key: null, pulsar_token: null };
  const { values, errors, replace } = await planResource(credentials, {
    prior: { ...EARLIER, ...none },
    config: { cluster_name: "vectors" },
  });
  expect([...errors, ...replace]).toEqual([]);
  const unknown = Object.fromEntries(Object.keys(none).map((name) => [name, UNKNOWN]));
  expect(values).toEqual({ ...EARLIER, ...unknown });
  const made = await update({ ...EARLIER, ...none });
  expect(Object.keys(made).sort()).toEqual(Object.keys(none).sort());
  for (const value of Object.values(made)) expect(String(value).length).toBeGreaterThan(15);
});

test("a whole state is left as it is", async () => {
  const prior = { ...EARLIER, ...LATER };
  const { values } = await planResource(credentials, { prior, config: { cluster_name: "vectors" } });
  expect(values).toEqual(prior);
  expect(await update(prior)).toEqual({});
});

test("another generation asks for other passwords, and for another user of MinIO; all else stays", async () => {
  const prior = { ...EARLIER, ...LATER };
  const config = { cluster_name: "vectors", secrets_generation: 2 };
  const { values, errors } = await planResource(credentials, { prior, config });
  const names = ["milvus_root_password", "minio_password", "minio_root_password", "minio_user"];
  const unknown = Object.fromEntries(names.map((name) => [name, UNKNOWN]));
  expect([errors, values]).toEqual([[], { ...prior, secrets_generation: 2, ...unknown }]);
  const made = await update(prior, { ...prior, secrets_generation: 2 });
  expect(Object.keys(made).sort()).toEqual(names);
  for (const value of Object.values(made)) expect(Object.values(prior)).not.toContain(value);
});

test("the generation that a state of an earlier release lacks is the first", async () => {
  const prior = { ...EARLIER, ...LATER };
  const config = { cluster_name: "vectors", secrets_generation: 1 };
  const { values } = await planResource(credentials, { prior, config });
  expect(values.milvus_root_password).toBe("pw2");
});
