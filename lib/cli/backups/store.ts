import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { BucketTarget } from "../../daemon/backups/bucket";
import { s3Client } from "../../daemon/backups/s3-client";
import type { BackupTarget } from "../../daemon/backups/target";
import { parseEndpoint } from "../../spec/storage";
import type { Cluster } from "../cluster";
import { UsageError } from "../exit";
import { twoKeys } from "./key-file";
import { refuseUnseen } from "./local";

/** How an S3 is reached that a command line names. */
export interface StoreOptions {
  readonly s3Endpoint?: string;
  readonly s3Region?: string;
  readonly s3KeyFile?: string;
  readonly s3CaFile?: string;
}

export function storeOptions(command: Command): Command {
  return command
    .option("--s3-endpoint <url>", "of s3://…: https://host[:port] of the store")
    .option("--s3-key-file <file>", "of s3://…: file with the access key on one line, its secret on the next")
    .option("--s3-region <region>", "of s3://…: region of the bucket")
    .option("--s3-ca-file <file>", "of s3://…: file with the authority (PEM) of the store's certificate");
}

/** A folder in a bucket; undefined for what is no `s3://…`, and thus a directory. Throws UsageError. */
export async function storeAt(
  place: string,
  o: StoreOptions,
  cluster: Cluster,
): Promise<BackupTarget | undefined> {
  if (!place.startsWith("s3://")) return refuseStray(o);
  const [, bucket, folder] = /^s3:\/\/([^/?#@]+)\/([^?#@]+?)\/*$/.exec(place) ?? [];
  // Not quoted: somebody may have written keys into it.
  if (bucket === undefined || folder === undefined)
    throw new UsageError("a place in a store is s3://bucket/folder; its keys are in a file");
  const endpoint = o.s3Endpoint === undefined ? undefined : parseEndpoint(o.s3Endpoint);
  if (!endpoint) throw new UsageError("s3://…: give the store as --s3-endpoint https://host[:port]");
  if (o.s3KeyFile === undefined) throw new UsageError("s3://…: a store asks for keys: give --s3-key-file");
  const read = async (file: string): Promise<string> => {
    refuseUnseen(cluster, file);
    return readFile(file, "utf8");
  };
  const { accessKey, secretKey } = twoKeys("--s3-key-file", await read(o.s3KeyFile));
  const caPem = o.s3CaFile === undefined ? undefined : await read(o.s3CaFile);
  const client = s3Client(
    { ...endpoint, region: o.s3Region, pathStyle: true, caPem },
    { accessKey, secretKey },
  );
  return new BucketTarget({ client, bucket, folder, name: `s3://${bucket}/${folder}` });
}

function refuseStray({ s3Endpoint, s3Region, s3KeyFile, s3CaFile }: StoreOptions): undefined {
  if ([s3Endpoint, s3Region, s3KeyFile, s3CaFile].some((value) => value !== undefined))
    throw new UsageError("--s3-… needs a place that is s3://bucket/folder");
}
