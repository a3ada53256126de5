/** Something on a peer that nobody needs any more. */
export interface Waste {
  readonly kind: "image" | "log" | "leftover" | "snapshot";
  /** A path, or the names of an image. */
  readonly name: string;
  /** Bytes that its removal frees. */
  readonly bytes: number;
  /** False when something needs it after all. */
  remove(): Promise<boolean>;
}
