import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Conflict } from "../../../lib/daemon/errors";
import { SecretsFile } from "../../../lib/daemon/secrets";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { SECRETS, specOf, temporaryDir } from "./support";

const dir = temporaryDir();
const NEW = { ...SECRETS, minioPassword: "minio-user-secret-after" };
const first = specOf("/data");
const second: ClusterSpec = { ...first, secrets: { generation: 2, outside: "1a2b3c4d" } };
const GIVEN = { of: "2-1a2b3c4d", cluster: NEW };
let file: SecretsFile;
beforeEach(async () => {
  file = new SecretsFile(dir.path());
  await file.save({ cluster: SECRETS, alertWebhookUrl: "https://hooks.example/1" });
});

const passwords = async (...specs: ClusterSpec[]): Promise<string[]> =>
  Promise.all(specs.map(async (spec) => (await file.of(spec)).cluster.minioPassword));

test("both are there while they are exchanged, each for the spec that goes by it", async () => {
  await file.stage(GIVEN);
  expect(await passwords(first, second)).toEqual([SECRETS.minioPassword, NEW.minioPassword]);
  expect(await file.of(second)).toEqual({ cluster: NEW, alertWebhookUrl: "https://hooks.example/1" });
});

test("the old ones are forgotten once the new ones are in force, and not before", async () => {
  await file.stage(GIVEN);
  await file.settle(first);
  expect(await passwords(first)).toEqual([SECRETS.minioPassword]);
  await file.settle(second);
  expect(await passwords(second)).toEqual([NEW.minioPassword]);
  await expect(file.of(first)).rejects.toThrow("has no generation 1 of the cluster's secrets");
  expect(await readFile(join(dir.path(), "secrets.json"), "utf8")).not.toContain(SECRETS.minioPassword);
});

test("the same ones may come again, others under the same name not: no value is told", async () => {
  await file.stage(GIVEN);
  await file.stage({ ...GIVEN, cluster: { ...NEW } });
  for (const name of [GIVEN.of, "1"]) {
    const refused = file.stage({ of: name, cluster: { ...NEW, minioPassword: "sesame-0815" } });
    await expect(refused).rejects.toThrow(Conflict);
    await expect(refused).rejects.not.toThrow(/sesame/);
  }
});

test("those of a change that was taken back are forgotten, and no others", async () => {
  await file.stage(GIVEN);
  await file.forget("3");
  expect(await passwords(second)).toEqual([NEW.minioPassword]);
  await file.forget(GIVEN.of);
  expect(await readFile(join(dir.path(), "secrets.json"), "utf8")).not.toContain(NEW.minioPassword);
  expect(await passwords(first)).toEqual([SECRETS.minioPassword]);
});

test("those of a change that was given up make room for others", async () => {
  await file.stage(GIVEN);
  await file.stage({ of: "3", cluster: { ...NEW, minioPassword: "third-secret" } });
  expect(await passwords(first, { ...first, secrets: { generation: 3 } })).toEqual([
    SECRETS.minioPassword,
    "third-secret",
  ]);
});
