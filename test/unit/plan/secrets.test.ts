import { renderAll } from "../../../lib/render";
import { masked } from "../../../lib/spec/secrets";
import { spec } from "../spec/fixture";
import { change, ON_ALL, ROLES, titles, UNFINISHED, warned, work, type Overrides } from "./change-support";

const NEW: Overrides = { secretsGeneration: 2 };
const ROOT =
  `warning : "give Milvus' root its new password, and remove Milvus' old user from MinIO": ` +
  "who is root in Milvus is refused with the old password from then on; other users notice nothing";
const EXCHANGED = [
  `grant ${ON_ALL}`,
  `restart minio ${ON_ALL}`,
  ...ROLES.map((role) => `restart ${role} ${ON_ALL}`),
  `revoke ${ON_ALL}`,
];

test("the cluster's own secrets are exchanged: first both users, then the roles, then the old ones go", () => {
  const found = change({}, NEW);
  expect(work(found)).toEqual(EXCHANGED);
  expect(warned(found)).toEqual([ROOT]);
  expect(titles(found)).toContain("let Milvus' new user into its bucket of MinIO, beside the old one");
  expect(found.steps.find(({ name }) => name === "restart querynode")!.why).toEqual([
    "minio.accessKeyID: (sensitive) → (sensitive, generation 2)",
    "minio.secretAccessKey: (sensitive) → (sensitive, generation 2)",
  ]);
});

test("an exchange that has stopped half-way is gone on with, or taken back, by the same steps", () => {
  for (const found of [change({}, NEW, NEW), change({}, {}, NEW)]) {
    expect(work(found)).toEqual(EXCHANGED);
    expect(warned(found)).toEqual([UNFINISHED, ROOT]);
  }
});

test("where nobody logs in and objects are elsewhere, there is nothing to grant or to revoke", () => {
  const elsewhere: Overrides = {
    storage: { s3: { endpoint: "https://s3.example" }, bucket: "vectors" },
    security: { authentication: false },
  };
  expect(work(change(elsewhere, { ...elsewhere, ...NEW }))).toEqual([]);
});

const S3: Overrides = { storage: { s3: { endpoint: "https://s3.example" }, bucket: "vectors" } };

test("other keys of a store outside have the roles that read them started anew, and nothing else", () => {
  const found = change(S3, { ...S3, outsideSecrets: "1a2b3c4d" });
  expect(work(found)).toEqual(ROLES.map((role) => `restart ${role} ${ON_ALL}`));
  expect(warned(found)).toEqual([]);
});

test("which secrets a container has read is in its fingerprint; those that a cluster was formed with say nothing", () => {
  const text = (o: Overrides): string => JSON.stringify(renderAll(spec(o), masked(spec(o))));
  expect(text({ secretsGeneration: 1 })).toBe(text({}));
  expect(text(NEW)).not.toBe(text({ secretsGeneration: 3 }));
});
