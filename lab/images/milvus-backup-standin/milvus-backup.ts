#!/usr/bin/env node
/**
 * A STAND-IN for milvus-backup v0.5.16, whose binary could not be had: it follows what lib/spec/milvus-backup.ts has recorded of its flags,
 * configuration, output, exit codes and files, and proves our side alone. It really copies objects between real stores; what it finds in
 * Milvus' bucket stands for what Milvus would have told it. A segment is copied every PAUSE_MS.
 */
import { readFileSync, statSync } from "node:fs";
import { Agent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "minio";
import { parse } from "yaml";
import { META, TRUST_VARIABLE, type MilvusBackupConfig } from "../../../lib/spec/milvus-backup";

const PAUSE_MS = 300;

class Failure extends Error {}

type Store = { client: Client; bucket: string };
type Config = MilvusBackupConfig;

async function main(argv: string[]): Promise<void> {
  console.log("v0.5.16-standin (a stand-in: nothing of Milvus is copied)");
  const flags = flagsOf(argv);
  const file = flags.config ?? "backup.yaml";
  const config = parse(readFileSync(file, "utf8")) as Config;
  console.log(`config: ${file}`);
  const { mode, uid } = statSync(file);
  if (uid !== 0 || (mode & 0o777) !== 0o600) throw new Failure(`${file} can be read by others`);
  if (argv.includes("create")) return create(config, flags);
  throw new Failure(`unknown command "${argv.join(" ")}"`);
}

async function create({ minio }: Config, flags: Record<string, string>): Promise<void> {
  const { name = "" } = flags;
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new Failure(`invalid backup name ${name}`);
  const from = storeOf(minio.address, minio.port, minio.useSSL, [minio.accessKeyID, minio.secretAccessKey]);
  const to = storeOf(minio.backupAddress, minio.backupPort, minio.backupUseSSL, [
    minio.backupAccessKeyID,
    minio.backupSecretAccessKey,
  ]);
  const source: Store = { client: from, bucket: minio.bucketName };
  const target: Store = { client: to, bucket: minio.backupBucketName };
  const dir = `${minio.backupRootPath}/${name}`;
  if ((await list(target, `${dir}/`)).length > 0)
    throw new Failure(`create: execute task: backup: backup with name ${name} already exist`);
  const logs = await list(source, `${minio.rootPath}/insert_log/`);
  const all = [...new Set(logs.map(({ key }) => key.split("/").at(-5)!))];
  say("start backup collections", { count: String(all.length) });
  const collections: string[] = [];
  for (const id of all) {
    const own = logs.filter(({ key }) => key.split("/").at(-5) === id);
    for (const { key } of own) {
      await copy(source, key, target, `${dir}/${destinationOf(key)}`);
      await sleep(PAUSE_MS);
    }
    say("backup segments done", { ns: `default.c_${id}` });
    collections.push(collectionOf(id, own));
  }
  const meta = `{"id":"1","name":"${name}","milvus_version":"2.4.24","collection_backups":[${collections.join(",")}]}`;
  await target.client.putObject(target.bucket, `${dir}/${META}`, meta);
  console.log("create backup success");
  console.log("duration:1.00 s");
}

interface Log {
  readonly key: string;
  readonly bytes: number;
}

/** …/insert_log/<collection>/<partition>/<segment>/<field>/<log>, with the segment as its group. */
function destinationOf(key: string): string {
  const [c, p, s, field, log] = key.split("/").slice(-5);
  return `binlogs/insert_log/${c}/${p}/${s}/${s}/${field}/${log}`;
}

function collectionOf(id: string, logs: readonly Log[]): string {
  const segments = logs.map(({ key, bytes }) => {
    const [, p, s, field, log] = key.split("/").slice(-5);
    return `{"segment_id":${s},"collection_id":${id},"partition_id":${p},"group_id":${s},"num_of_rows":1,"binlogs":[{"fieldID":${field},"binlogs":[{"log_path":"${key}","log_size":${bytes},"log_id":${log}}]}]}`;
  });
  return `{"collection_id":${id},"db_name":"default","collection_name":"c_${id}","load_state":"Loaded","partition_backups":[{"partition_name":"_default","segment_backups":[${segments.join(",")}]}]}`;
}

function storeOf(
  endPoint: string,
  port: number,
  useSSL: boolean,
  [accessKey, secretKey]: (string | undefined)[],
) {
  const trusted = process.env[TRUST_VARIABLE];
  const transportAgent = trusted === undefined ? undefined : new Agent({ ca: readFileSync(trusted, "utf8") });
  return new Client({
    endPoint,
    port,
    useSSL,
    accessKey,
    secretKey,
    region: "us-east-1",
    ...(useSSL ? { transportAgent } : {}),
  });
}

async function list({ client, bucket }: Store, prefix: string): Promise<Log[]> {
  const found: Log[] = [];
  for await (const o of client.listObjectsV2(bucket, prefix, true) as AsyncIterable<{
    name: string;
    size: number;
  }>)
    found.push({ key: o.name, bytes: o.size });
  return found;
}

async function copy(from: Store, key: string, to: Store, as: string): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of await from.client.getObject(from.bucket, key)) chunks.push(chunk as Buffer);
  await to.client.putObject(to.bucket, as, Buffer.concat(chunks));
}

function flagsOf(argv: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    argv.flatMap((arg, i) => (arg.startsWith("--") ? [[arg.slice(2), argv[i + 1] ?? ""]] : [])),
  );
}

function say(message: string, fields: Record<string, string>): void {
  const rest = Object.entries(fields).map(([key, value]) => `[${key}=${value}]`);
  console.log(
    `[2026/05/29 10:00:00.000 +00:00] [INFO] [backup/task.go:1] ["${message}"] [task_id=1] ${rest.join(" ")}`,
  );
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(`Error: ${error.message}`);
  process.exitCode = error instanceof Failure ? 1 : 2;
});
