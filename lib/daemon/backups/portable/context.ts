import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import type { BackupTarget } from "../target";
import type { ImportPlace } from "./bulk/place";

/** Opens clients of the cluster's Milvus, as root. */
export interface MilvusAccess {
  /** A client that is connected; whoever asked for it closes it. */
  open(): Promise<MilvusClient>;
}

export interface EngineContext {
  readonly milvus: MilvusAccess;
  readonly target: BackupTarget;
  /** For rows that Milvus reads by itself. @default - all are inserted */
  readonly imports?: ImportPlace;
  readonly signal: AbortSignal;
  /** A line of the job's log. */
  log(text: string): void;
  /** `part` of 1 is done. */
  progress(part: number, detail: string): void;
}

/** `database/collection`: how collections are named in options and messages. */
export function fullName(o: { readonly database: string; readonly name: string }): string {
  return `${o.database}/${o.name}`;
}
