import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { parse } from "yaml";
import { once, type BackupTarget } from "../../../../lib/daemon/backups/target";
import type { JobContainer, JobContainers } from "../../../../lib/daemon/ports/job-containers";
import { META, PROGRAM, type MilvusBackupConfig } from "../../../../lib/spec/milvus-backup";

/** A collection as the stand-in finds it in Milvus. */
export interface StandinCollection {
  readonly database: string;
  readonly name: string;
  readonly loaded?: boolean;
  readonly aliases?: readonly string[];
  /** Bytes of its one file of rows. */
  readonly bytes?: number;
}

/**
 * A STAND-IN for milvus-backup v0.5.16: it follows what lib/spec/milvus-backup.ts has recorded of its flags, configuration, output, exit
 * codes and files, so it proves our side alone. Its container has no network and no disk: the bucket is a folder.
 */
export class MilvusBackupStandin implements JobContainers {
  readonly runs: JobContainer[] = [];
  /** Containers that are still there. */
  running = 0;
  leftoversRemoved = 0;
  /** Between two collections: to stop it, or to have it fail. */
  onCopied: (name: string) => Promise<void> | void = () => undefined;
  /** Milvus answers it with this. */
  failure: string | undefined;

  constructor(
    private readonly bucket: BackupTarget,
    public collections: readonly StandinCollection[],
    /** What it does to Milvus when it restores. */
    private readonly restored: (to: string) => void = () => undefined,
  ) {}

  async run(job: JobContainer): Promise<number> {
    this.runs.push(job);
    this.running += 1;
    try {
      return await Promise.race([this.main(job), stopped(job.signal)]);
    } finally {
      this.running -= 1;
    }
  }

  async removeLeftovers(): Promise<number> {
    this.leftoversRemoved += 1;
    return 0;
  }

  private async main(job: JobContainer): Promise<number> {
    const [program, flag, path, verb, ...args] = job.command;
    job.onLine("v0.5.16 (Built on 2026-05-29 from Git SHA 719e9ac by go1.25)");
    if (program !== PROGRAM || flag !== "--config") return 1;
    const content = job.files.find(({ name }) => name === path)?.content;
    if (content === undefined) {
      job.onLine(`panic: cfg: cannot locate config file "${path}"`);
      return 2;
    }
    const o = flagsOf(args);
    try {
      if (verb === "create") await this.create(job, parse(content) as MilvusBackupConfig, o);
      else if (verb === "restore") await this.restore(job, o);
      else throw new Error(`unknown command "${verb}"`);
      return 0;
    } catch (error) {
      job.onLine(`Error: ${(error as Error).message}`);
      return 1;
    }
  }

  private async create(
    job: JobContainer,
    { minio }: MilvusBackupConfig,
    o: Record<string, string>,
  ): Promise<void> {
    const { name = "", filter } = o;
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`invalid backup name ${name}`);
    if (this.failure !== undefined) throw new Error(`create: execute task: ${this.failure}`);
    const rules = filter?.split(",");
    const wanted = this.collections.filter(
      (c) => !rules || rules.includes(`${c.database}.${c.name}`) || rules.includes(`${c.database}.*`),
    );
    say(job, "INFO", "start backup collections", { count: String(wanted.length) });
    // Of the bucket only what is below the target's folder can be seen here.
    const dir = `${minio.backupRootPath.split("/").at(-1)}/${name}`;
    for (const [i, c] of wanted.entries()) {
      const bytes = c.bytes ?? 7;
      const at = `${dir}/binlogs/insert_log/${ID}${i}/1/${SEGMENT}/${SEGMENT}/100/9`;
      await this.bucket.put(at, once("x".repeat(bytes)), job.signal);
      say(job, "INFO", "backup segments done", { ns: `${c.database}.${c.name}` });
      await this.onCopied(c.name);
    }
    await this.bucket.put(`${dir}/${META}`, once(metaOf(name, wanted, "rbac" in o)), job.signal);
    job.onLine("create backup success");
  }

  private async restore(job: JobContainer, o: Record<string, string>): Promise<void> {
    if (this.failure !== undefined) throw new Error(`restore: execute ${this.failure}`);
    if ("rbac" in o) return;
    const [, to] = o.rename!.split(":");
    say(job, "INFO", "bulk insert task success", { target_ns: to!, job_id: "1" });
    await this.onCopied(to!);
    this.restored(to!.replace(".", "/"));
  }
}

/** More digits than a number of JavaScript has. */
const ID = "45095343254136422";
const SEGMENT = "450953432541364999";

function metaOf(name: string, all: readonly StandinCollection[], rights: boolean): string {
  const collections = all.map((c, i) => {
    const segment = `{"segment_id":${SEGMENT},"collection_id":${ID}${i},"partition_id":1,"group_id":${SEGMENT},"num_of_rows":3,"binlogs":[{"fieldID":100,"binlogs":[{"log_size":${c.bytes ?? 7},"log_id":9}]}]}`;
    const about = {
      ...{ db_name: c.database, collection_name: c.name, aliases: c.aliases },
      load_state: c.loaded ? "Loaded" : "NotLoad",
    };
    const head = JSON.stringify(about).slice(0, -1);
    return `${head},"collection_id":${ID}${i},"partition_backups":[{"partition_id":1,"partition_name":"_default","segment_backups":[${segment}]}]}`;
  });
  const databases = [...new Set(["default", ...all.map((c) => c.database)])].map((db_name) => ({ db_name }));
  const rbac = rights ? ',"rbac_meta":{}' : "";
  return `{"name":"${name}","milvus_version":"2.4.24","database_backups":${JSON.stringify(databases)},"collection_backups":[${collections.join(",")}]${rbac}}`;
}

function flagsOf(args: readonly string[]): Record<string, string> {
  const flags = args.flatMap((arg, i) => {
    if (!arg.startsWith("--")) return [];
    const value = args[i + 1];
    return [[arg.slice(2), value === undefined || value.startsWith("--") ? "" : value]];
  });
  return Object.fromEntries(flags) as Record<string, string>;
}

function say(job: JobContainer, level: string, message: string, fields: Record<string, string>): void {
  const rest = Object.entries(fields).map(([key, value]) => `[${key}=${value}]`);
  job.onLine(
    `[2026/05/29 10:00:00.000 +00:00] [${level}] [backup/task.go:1] ["${message}"] ${rest.join(" ")}`,
  );
}

function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });
}

type Answer = (request: Record<string, string>) => object;

/** A client whose calls are answered by functions, by their names in Milvus' protocol. */
export function clientOf(answers: Readonly<Record<string, Answer>>): MilvusClient {
  type Done = (error?: Error, reply?: object) => void;
  const stub = Object.fromEntries(
    Object.entries(answers).map(([method, answer]) => [
      method,
      (request: Record<string, string>, _: unknown, done: Done) =>
        done(undefined, { status: { error_code: "Success" }, ...answer(request) }),
    ]),
  );
  const channelPool = { acquire: async () => stub, release: () => undefined };
  return { channelPool, closeConnection: async () => undefined } as unknown as MilvusClient;
}
