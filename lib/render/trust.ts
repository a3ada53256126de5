import { RENDER_DIR } from "../spec/paths";
import type { ClusterSpec } from "../spec/spec";
import type { RenderedFile } from "./file";

/** Certificates of the authorities that vouch for an object store and a queue outside the cluster. */
export const STORAGE_CA = "storage-ca.crt";
export const QUEUE_CA = "queue-ca.crt";
/** Where Milvus' containers see the queue's: librdkafka wants a path. */
export const QUEUE_CA_PATH = `${RENDER_DIR}/${QUEUE_CA}`;

/** What was given of them, as files. */
export function trustFiles({ storage, queue }: ClusterSpec): RenderedFile[] {
  const given = {
    [STORAGE_CA]: storage.kind === "s3" ? storage.caPem : undefined,
    [QUEUE_CA]: "caPem" in queue ? queue.caPem : undefined,
  };
  return Object.entries(given).flatMap(([name, pem]) =>
    pem === undefined ? [] : [{ name, content: `${pem.trim()}\n`, mode: 0o644 } as const],
  );
}
