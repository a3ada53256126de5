import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import {
  MILVUS_BACKUP_TRUST,
  MILVUS_BACKUP_YAML,
  milvusBackupFiles,
} from "../../../lib/render/milvus-backup";
import type { MilvusBackupConfig } from "../../../lib/spec/milvus-backup";
import { MASKED, type ClusterSecrets } from "../../../lib/spec/secrets";
import type { BackupTargetSpec, ClusterSpec } from "../../../lib/spec/spec";
import { CA_PEM } from "../spec/fixture";
import { SECRETS } from "./fixture";
import { LAYOUTS } from "./layouts";

/** After a change that is meant: `GOLDEN=update npx jest test/unit/render/milvus-backup`, then review the difference. */
const GOLDEN = join(__dirname, "golden-milvus-backup");
const TLS = { ca: "the cluster's CA\n", cert: "the peer's certificate\n", key: "the peer's key\n" };
const TARGET: BackupTargetSpec = {
  ...{ kind: "s3", host: "s3.elsewhere.example", port: 443, tls: true, bucket: "milvus-backups" },
  ...{ prefix: "vectors", region: "eu-west-1", pathStyle: true, caPem: CA_PEM },
};
const withTarget = (spec: ClusterSpec): ClusterSpec => ({
  ...spec,
  backups: { timeZone: "UTC", keep: { last: 7, daily: 0, weekly: 0, monthly: 0 }, target: TARGET },
});
const KEYS = { backupAccessKey: "backup-key-4c1e", backupSecretKey: "backup-secret-88af" };
const OWN = { ...SECRETS, external: { ...SECRETS.external, ...KEYS } };
const SENSITIVE = { backupAccessKey: "(sensitive)", backupSecretKey: "(sensitive)" };
const files = (spec: ClusterSpec, secrets: ClusterSecrets = OWN) =>
  milvusBackupFiles(spec, secrets, { peer: spec.peers[0]!.name, folder: "nightly", tls: TLS });
const config = (spec: ClusterSpec): MilvusBackupConfig =>
  parse(files(spec).find(({ name }) => name === MILVUS_BACKUP_YAML)!.content) as MilvusBackupConfig;
const layout = (name: string): ClusterSpec => LAYOUTS[name]!.spec;

describe.each(Object.entries(LAYOUTS))("%s", (name, { spec }) => {
  test.each([
    ["own", spec],
    ["target", withTarget(spec)],
  ])("is told what it needs: %s", (where, of) => {
    const content = files(of, { ...MASKED, external: { ...MASKED.external, ...SENSITIVE } }).find(
      (f) => f.name === MILVUS_BACKUP_YAML,
    )!.content;
    const file = join(GOLDEN, `${name}-${where}.yaml`);
    if (process.env.GOLDEN === "update") {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    expect(existsSync(file) ? readFileSync(file, "utf8") : `no golden file ${file}`).toBe(content);
  });

  test("nobody else can read what it is told", () => {
    expect(files(withTarget(spec)).map(({ mode }) => mode)).toEqual(files(withTarget(spec)).map(() => 0o600));
  });
});

test("what is copied between two stores goes through the tool, and within one it does not", () => {
  const spec = layout("v2.3.5-wide-pool-pulsar");
  expect(config(spec).minio).toMatchObject({ crossStorage: false, backupRootPath: "backups/nightly" });
  expect(config(withTarget(spec)).minio).toMatchObject({
    ...{ crossStorage: true, backupAddress: "s3.elsewhere.example", backupBucketName: "milvus-backups" },
    ...{ backupRootPath: "vectors/nightly", backupAccessKeyID: KEYS.backupAccessKey },
  });
});

test("in mutual mode it shows the peer's certificate", () => {
  const spec = layout("v2.6.22-woodpecker-hardened");
  expect(files(spec).map(({ content }) => content)).toEqual(expect.arrayContaining([TLS.cert, TLS.key]));
  expect(config(spec).milvus).toMatchObject({ tlsMode: 2, serverName: "milvus.internal" });
  expect(files(layout("v2.6.22-standalone-s3")).map(({ content }) => content)).not.toContain(TLS.key);
});

test("it trusts the cluster's authority, and those of both stores", () => {
  const spec = withTarget(layout("v2.6.22-standalone-s3"));
  const trust = files(spec).find(({ name }) => name === MILVUS_BACKUP_TRUST)!.content;
  expect(trust).toBe(`${TLS.ca}${CA_PEM.trim()}\n`);
});

test("garbage collection is paused by the proxy of its own peer, and where there is none it is not", () => {
  const spec = layout("v2.6.22-woodpecker-hardened");
  const of = (peer: string) =>
    parse(
      milvusBackupFiles(spec, SECRETS, { peer, folder: "x", tls: TLS }).find(
        ({ name }) => name === MILVUS_BACKUP_YAML,
      )!.content,
    ) as MilvusBackupConfig;
  expect(of("peer-1").backup.gcPause).toEqual({ enable: true, address: "http://127.0.0.1:9092" });
  expect(of("peer-4").backup.gcPause).toEqual({ enable: false });
});
