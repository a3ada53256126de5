export const NAME = "vectors";
export const DIM = 128;

export interface Piece {
  readonly piece: "export" | "restore" | "bare export" | "bare restore";
  readonly address: string;
  /** Where the backup is. */
  readonly dir: string;
  readonly rows: number;
  /** Rows of a query or an insert. */
  readonly page: number;
  readonly parallel: number;
}
