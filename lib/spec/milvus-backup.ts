import { z } from "zod";

/**
 * Everything that we take for granted about milvus-backup, in one place. Its binary could not be had, so nothing of this was tried: it
 * was read in github.com/zilliztech/milvus-backup at tag v0.5.16 (commit 719e9acb5430, 2026-05-29), the newest release then. Each
 * member names the file of that repository that says so. The default branch (v0.6, commit f81df44f21a2) has another schema of its
 * configuration, and still reads this one (README.md, "Upgrading an existing configuration file").
 */
export const MILVUS_BACKUP_VERSION = "v0.5.16";

/** .github/workflows/release.yaml: tags are pushed to Docker Hub under this name, for amd64 and arm64. */
export const MILVUS_BACKUP_REPOSITORY = "milvusdb/milvus-backup";

/** Dockerfile: the entry point is its REST server, so the program is named; it runs as root in /app. */
export const PROGRAM = "/app/milvus-backup";

/**
 * configs/backup.yaml and internal/cfg/cfg.go: keys in any case, of which these are set; environment variables would go before the file
 * (internal/cfg/load.go). What begins with `backup` below `minio` would be inherited from its namesake, so each is given.
 */
export interface MilvusBackupConfig {
  readonly log: {
    readonly level: "info";
    /** On standard output. */
    readonly console: true;
    /** Empty: no log file, which is below /app/logs otherwise (internal/log/log.go). */
    readonly file: { readonly filename: "" };
  };
  readonly milvus: {
    readonly address: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    /** 0: none, 1: the server shows a certificate, 2: the client, too (internal/client/milvus/grpc.go). */
    readonly tlsMode: 0 | 1 | 2;
    readonly caCertPath?: string;
    /** Name that the server's certificate is checked for. */
    readonly serverName?: string;
    readonly mtlsCertPath?: string;
    readonly mtlsKeyPath?: string;
  };
  /** Milvus' own object store, and with `backup` in front where backups lie. */
  readonly minio: Storage & BackupStorage & { readonly crossStorage: boolean };
  readonly backup: {
    /** Milvus' management port; what fails there is a warning, and the backup goes on (core/backup/gc_controller.go). */
    readonly gcPause: { readonly enable: boolean; readonly address?: string };
  };
}

export interface Storage {
  /** "minio", "s3" and "aws" are one client (internal/storage/factory.go); "gcp" and "aliyun" are others. */
  readonly storageType: string;
  /** Without a port; IPv6 without brackets (net.JoinHostPort). */
  readonly address: string;
  readonly port: number;
  readonly region: string;
  readonly accessKeyID?: string;
  readonly secretAccessKey?: string;
  /** Credentials of the VM's role, from where the cloud has them. */
  readonly useIAM?: boolean;
  readonly useSSL: boolean;
  readonly bucketName: string;
  readonly rootPath: string;
}

export interface BackupStorage {
  readonly backupStorageType: string;
  readonly backupAddress: string;
  readonly backupPort: number;
  readonly backupRegion: string;
  readonly backupAccessKeyID: string;
  readonly backupSecretAccessKey: string;
  readonly backupUseIAM: false;
  readonly backupUseSSL: boolean;
  readonly backupBucketName: string;
  readonly backupRootPath: string;
}

/**
 * There is no key for an authority's certificate of a store: minio-go takes the system's, and Go looks for that in the file of this
 * variable, besides /etc/ssl/certs, where the image has the public ones (crypto/x509/root_unix.go of Go 1.25; Dockerfile).
 */
export const TRUST_VARIABLE = "SSL_CERT_FILE";

/**
 * There is no key for the form of addresses either: minio-go finds buckets of Amazon, Google and Aliyun by name and all others by path
 * (internal/storage/minio.go sets no BucketLookup).
 */
export function addressesByName(host: string): boolean {
  return /(^|\.)(amazonaws\.com(\.cn)?|googleapis\.com|aliyuncs\.com)$/.test(host);
}

/** cmd/create/create.go, core/backup/func.go; none: by flush-all from Milvus 2.6.11 on, else one collection after the other. */
export const STRATEGIES = ["meta_only", "skip_flush", "bulk_flush", "serial_flush"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** Names are of letters, digits and "_", and do not begin with a digit; a hyphen is refused (core/backup/func.go, ValidateName). */
export const ATTEMPT = "attempt_";

/** Each run has a name of its own. */
export function attemptName(attempt: number): string {
  return `${ATTEMPT}${attempt}`;
}

/** internal/filter/filter.go: what a filter and a renaming can name. */
export const NAMEABLE = /^\w+$/;

export interface Named {
  readonly database: string;
  readonly name: string;
}

/** `db.collection` (internal/filter/filter.go, rule 2). */
export function ruleOf({ database, name }: Named): string {
  return `${database}.${name}`;
}

/** `db.*`: every collection of a database (rule 1). */
export function allOf(database: string): string {
  return `${database}.*`;
}

/** `db.`: a database that exists, and no collection of it (rule 4): nothing is done but for the rights. */
const NOTHING = "default.";

export interface CreateOptions {
  readonly config: string;
  readonly name: string;
  /** Rules; none: everything. A collection that is named and not there fails it (core/backup/task.go). */
  readonly filter: readonly string[];
  readonly strategy?: Strategy;
  readonly rights: boolean;
}

/** cmd/root/root.go, cmd/create/create.go. A name that is taken fails it (core/backup/task.go, prepare). */
export function createCommand({ config, name, filter, strategy, rights }: CreateOptions): string[] {
  return [
    ...[PROGRAM, "--config", config, "create", "--name", name],
    ...(filter.length > 0 ? ["--filter", filter.join(",")] : []),
    ...(strategy === undefined ? [] : ["--strategy", strategy]),
    ...(rights ? ["--rbac"] : []),
  ];
}

/**
 * cmd/restore/restore.go. The filter is of the names after a renaming (core/restore/task.go). What exists fails it before anything is
 * written; indexes come only when asked for; it loads nothing, and gives no aliases and no properties of databases
 * (core/restore/coll_ddl_task.go, database_task.go). Import is by gRPC: the other way (--use_v2_restore) asks REST on the same port.
 */
export function restoreCommand(o: { config: string; name: string; from: Named; to: Named }): string[] {
  const { config, name, from, to } = o;
  const rename = `${ruleOf(from)}:${ruleOf(to)}`;
  return [
    ...[PROGRAM, "--config", config, "restore", "--name", name],
    ...["--rename", rename, "--filter", ruleOf(to), "--rebuild_index"],
  ];
}

/** Users with their passwords' hashes, roles and grants that are not there; those that are stay (core/restore/conv/conv.go). */
export function restoreRightsCommand({ config, name }: { config: string; name: string }): string[] {
  return [PROGRAM, "--config", config, "restore", "--name", name, "--rbac", "--filter", NOTHING];
}

/** docs/user_guide/rbac.md: Milvus 2.4.10; an older one does not know the call. */
export const RIGHTS_SINCE = { line: 204, patch: 10 };
/** README.md: it restores to Milvus 2.4 and later, and to no older one than the backup is of. */
export const RESTORES_TO = 204;

/**
 * There is a command `delete`, and it is not used: it reads the backup's meta first, which is written last, so it refuses just what an
 * interruption leaves (core/del/del.go). Objects below the backup's folder are removed by us.
 *
 * main.go, cmd/cmd.go, cobra.CheckErr: 0 when it is done; 1 with the reason as the last line of standard error, after "Error: "; 2 when
 * the configuration cannot be read (a panic).
 */
export const DONE = 0;

/** A line of its log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

const PART = /\[((?:"(?:[^"\\]|\\.)*"|[^[\]"])*)\]/g;

/**
 * internal/log/zap_text_encoder.go: `[time] [LEVEL] [file:line] [message] [key=value]…`, each quoted as in JSON where it has a space, a
 * bracket, "=" or a quote. Undefined for what is no line of the log.
 */
export function parseLogLine(text: string): LogLine | undefined {
  const parts = [...text.matchAll(PART)].map(([, part]) => part!);
  const [time, level, , message, ...fields] = parts;
  if (time === undefined || message === undefined || !/^[A-Z]+$/.test(level ?? "")) return undefined;
  return { level: level!, message: unquoted(message), fields: Object.fromEntries(fields.map(fieldOf)) };
}

function fieldOf(text: string): [string, string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [unquoted(text.slice(0, at)), unquoted(text.slice(at + 1))];
}

function unquoted(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}

/** Messages of its log by which it is followed, with the field that each has. */
export const SAYS = {
  /** `count` collections are to be backed up (core/backup/task.go). */
  begins: "start backup collections",
  /** All rows of collection `ns` are copied (core/backup/coll_dml_task.go). */
  copied: "backup segments done",
  /** A part of collection `target_ns` is in (core/restore/coll_task.go). */
  imported: "bulk insert task success",
} as const;

/** internal/storage/mpath/path.go, core/backup/task.go (writeMeta): below the backup's folder, the last file that is written. */
export const META = "meta/full_meta.json";

const id = z.string().default("0");
const log = z.object({ log_id: id, log_size: z.coerce.number().default(0) });
const fieldLogs = z.object({ fieldID: id, binlogs: z.array(log).nullish() });
const segment = z.object({
  segment_id: id,
  collection_id: id,
  partition_id: id,
  group_id: id,
  num_of_rows: z.coerce.number().default(0),
  size: z.coerce.number().default(0),
  binlogs: z.array(fieldLogs).nullish(),
  deltalogs: z.array(fieldLogs).nullish(),
});
const partition = z.object({
  partition_name: z.string(),
  segment_backups: z.array(segment).nullish(),
});
const collection = z.object({
  db_name: z.string().default("default"),
  collection_name: z.string(),
  load_state: z.string().default(""),
  aliases: z.array(z.string()).nullish(),
  partition_backups: z.array(partition).nullish(),
  l0_segments: z.array(segment).nullish(),
});

/**
 * core/proto/backup.proto as Go's encoding/json writes it: what is zero or empty is left out. Whole numbers are text here: see
 * `exactly`.
 */
const meta = z.object({
  name: z.string(),
  milvus_version: z.string().default(""),
  database_backups: z.array(z.object({ db_name: z.string() })).nullish(),
  collection_backups: z.array(collection).nullish(),
  rbac_meta: z.unknown().optional(),
});

export type BackupMeta = z.infer<typeof meta>;
export type MetaCollection = z.infer<typeof collection>;
export type MetaSegment = z.infer<typeof segment>;

/** Throws for what is not of this form. */
export function parseMeta(text: string): BackupMeta {
  return meta.parse(exactly(text));
}

/** meta.LoadStateLoaded (internal/meta/meta.go). */
export function wasLoaded({ load_state }: MetaCollection): boolean {
  return load_state === "Loaded";
}

export function segmentsOf(c: MetaCollection): MetaSegment[] {
  const own = c.partition_backups?.flatMap(({ segment_backups }) => segment_backups ?? []) ?? [];
  return [...own, ...(c.l0_segments ?? [])];
}

/** What says of a segment that it belongs to every partition: such a one has no group in its path. */
const EVERY_PARTITION = "-1";

/** Objects of a segment below the backup's folder, with their sizes (core/backup/coll_dml_task.go, internal/storage/mpath/path.go). */
export function objectsOfSegment(s: MetaSegment): { path: string; bytes: number }[] {
  const place = [s.collection_id, s.partition_id];
  const grouped = [...place, s.group_id, s.segment_id].join("/");
  const deltas = s.partition_id === EVERY_PARTITION ? [...place, s.segment_id].join("/") : grouped;
  const inserted = (s.binlogs ?? []).flatMap(({ fieldID, binlogs }) =>
    (binlogs ?? []).map((b) => ({
      path: `binlogs/insert_log/${grouped}/${fieldID}/${b.log_id}`,
      bytes: b.log_size,
    })),
  );
  const deleted = (s.deltalogs ?? []).flatMap(({ binlogs }) =>
    (binlogs ?? []).map((b) => ({ path: `binlogs/delta_log/${deltas}/${b.log_id}`, bytes: b.log_size })),
  );
  return [...inserted, ...deleted];
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON whose whole numbers are all text: Milvus' ids have 18 digits, and a number of JavaScript 15. */
function exactly(text: string): unknown {
  return JSON.parse(text.replace(STRING_OR_NUMBER, (m) => (/^-?\d+$/.test(m) ? `"${m}"` : m)));
}
