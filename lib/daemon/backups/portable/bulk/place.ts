import type { BackupTarget } from "../../target";

/** Room for files that Milvus itself reads: a folder of its own object store. Nothing else is there. */
export interface ImportPlace {
  readonly target: BackupTarget;
  /** What Milvus calls a file of it. */
  pathOf(path: string): string;
  /** What a file must have on average for its rows not to be inserted. @default 16 MiB */
  readonly leastBytes?: number;
}
