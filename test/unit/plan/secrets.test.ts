import { renderAll } from "../../../lib/render";
import { masked } from "../../../lib/spec/secrets";
import { spec } from "../spec/fixture";
import {
  ALL,
  change,
  ON_ALL,
  ROLES,
  titles,
  UNFINISHED,
  warned,
  work,
  type Overrides,
} from "./change-support";

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

describe("where backups lie", () => {
  const at = (bucket: string): Overrides => ({
    backups: { target: { s3: { endpoint: "https://s3.example", bucket } } },
  });
  const reach = (found: ReturnType<typeof change>) => found.steps.find(({ name }) => name === "reach");

  test("another target is tried from every peer before it is in force; what becomes of the old one's is said", () => {
    const found = change(at("one"), at("two"));
    expect(work(found)).toEqual([`reach ${ON_ALL}`]);
    expect(reach(found)).toMatchObject({
      title: `write to two/vectors at s3.example:443, read and delete there, from ${ALL}`,
      why: ["backups.target: one/vectors at s3.example:443 → two/vectors at s3.example:443"],
    });
    expect(warned(found)).toEqual([
      "warning backups.target: backups are made in two/vectors at s3.example:443 from then on. Those in one/vectors at " +
        "s3.example:443 stay there, and nothing lists or deletes them any more: export-backup, before the change, and " +
        "import-backup after it take one along",
    ]);
  });

  test("a change that was begun and is taken back tries the one that was in force", () => {
    expect(reach(change(at("one"), at("one"), at("two")))!.title).toMatch("write to one/");
  });

  test("other keys are handed out and tried, and restart nothing, wherever Milvus keeps its objects", () => {
    for (const base of [{}, S3]) {
      const found = change({ ...base, ...at("one") }, { ...base, ...at("one"), backupSecrets: "1a2b3c4d" });
      expect(work(found)).toEqual([`reach ${ON_ALL}`]);
      expect(reach(found)!.why).toEqual(["backups.target: its keys, or how it is reached"]);
      expect(warned(found)).toEqual([]);
    }
  });

  test("are warned of that can be read no longer", () => {
    const [age, none] = [
      { ...at("one"), backups: { ...at("one").backups, encryption: "age" as const } },
      at("one"),
    ];
    expect(warned(change(age, none))).toEqual([
      expect.stringMatching("^warning backups.encryption: .* can be read no longer"),
    ]);
    expect(warned(change(none, age))).toEqual([]);
  });

  test("back into the cluster's bucket: peers are told of the keys that count, and there is nothing to try", () => {
    const found = change(at("one"), { backupSecrets: "1a2b3c4d" });
    expect(found.steps.map(({ kind }) => kind)).toEqual(["check", "verify", "commit"]);
    expect(warned(found).join()).toContain("backups are made in the cluster's own bucket from then on");
  });

  test("another schedule is a matter of recording it", () => {
    const { target } = at("one").backups!;
    const found = change(at("one"), { backups: { target, schedule: "0 3 * * *" } });
    expect(found.steps.map(({ kind }) => kind)).toEqual(["commit"]);
  });
});
