import type { ClusterSecrets } from "../lib/spec/secrets";
import type { ClusterSpec } from "../lib/spec/spec";

export const NAME = "vectors";
export const DIM = 128;

export interface Piece {
  readonly piece:
    | "export"
    | "restore"
    | "bare export"
    | "bare restore"
    | "bare files"
    | "bare reads"
    | "bare objects"
    | "bare downloads";
  readonly address: string;
  /** Where the manifest is, and the backup unless it is outside. */
  readonly dir: string;
  /** A cluster whose target takes the backup. */
  readonly outside?: { readonly spec: ClusterSpec; readonly secrets: ClusterSecrets };
  /** Directory that Milvus imports from. */
  readonly imports?: string;
  readonly rows: number;
  /** Rows of a query or an insert. */
  readonly page: number;
  readonly parallel: number;
}
