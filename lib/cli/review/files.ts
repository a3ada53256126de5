import { FINGERPRINT_LABEL } from "../../render";
import { unifiedDiff } from "./diff";

/** How a rendered file changes, on all peers where it changes alike. */
export interface FileChange {
  readonly name: string;
  /** Peers where its lines change in this way; the first one's are shown. */
  readonly peers: readonly string[];
  readonly kind: "new" | "gone" | "changed";
  readonly added: number;
  readonly removed: number;
  /** A unified diff; of a file that is new its lines as they are. */
  readonly lines: readonly string[];
}

type Files = ReadonlyMap<string, string>;

/** Of "peer/file" with its content, before and after. */
export function fileChanges(before: Files, after: Files): FileChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  const found = paths.flatMap((path) => changeOf(path, before.get(path), after.get(path)));
  const alike = new Map<string, FileChange>();
  for (const file of found) {
    const key = keyOf(file);
    const first = alike.get(key);
    alike.set(key, first ? { ...first, peers: [...first.peers, ...file.peers] } : file);
  }
  return [...alike.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function changeOf(path: string, before: string | undefined, after: string | undefined): FileChange[] {
  if (before === after) return [];
  const [peer, ...rest] = path.split("/");
  const diff = unifiedDiff(before ?? "", after ?? "");
  const count = (mark: string): number => diff.filter((line) => line.startsWith(mark)).length;
  const kind = before === undefined ? "new" : after === undefined ? "gone" : "changed";
  const lines = kind === "new" ? diff.slice(1).map((line) => line.slice(1)) : diff;
  return [{ name: rest.join("/"), peers: [peer!], kind, added: count("+"), removed: count("-"), lines }];
}

/**
 * Peers differ in their own names and addresses: new files are alike by name, others by the lines that change. A fingerprint
 * follows from the other lines.
 */
function keyOf({ name, kind, lines }: FileChange): string {
  const changes =
    kind === "changed" ? lines.filter((line) => /^[-+]/.test(line) && !line.includes(FINGERPRINT_LABEL)) : [];
  return JSON.stringify([name, kind, changes]);
}
