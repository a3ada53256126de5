import { definitions, renderPeer, type Definition } from "../render";
import { canonicalJson } from "../spec/canonical";
import { masked } from "../spec/secrets";
import type { ClusterSpec, PeerSpec } from "../spec/spec";
import { isSamePeer } from "./turnover";

/** A container that must be made anew. */
export interface Touched {
  readonly peer: string;
  readonly service: string;
  /** What differs of it, e.g. "image: milvusdb/milvus:v2.3.4 → milvusdb/milvus:v2.3.5". */
  readonly why: readonly string[];
}

/** Containers whose definition, or what they read at their start, differs between two specs of the same peers. */
export function touched(from: ClusterSpec, to: ClusterSpec): Touched[] {
  return pairs(from, to).flatMap(([before, after]) => {
    const [old, wanted] = [definitions(from, before), definitions(to, after)];
    return Object.entries(wanted).flatMap(([service, definition]) => {
      const why = difference(old[service], definition);
      return why.length === 0 ? [] : [{ peer: after.name, service, why }];
    });
  });
}

/** Containers that a spec has and the other one has not, of peers that both have. */
export function vanished(from: ClusterSpec, to: ClusterSpec): Touched[] {
  return pairs(from, to).flatMap(([before, after]) => {
    const wanted = definitions(to, after);
    const gone = Object.keys(definitions(from, before)).filter((service) => wanted[service] === undefined);
    return gone.map((service) => ({ peer: after.name, service, why: ["it is not wanted there any more"] }));
  });
}

/** Names of the files of a peer that differ, by peer. */
export function changedFiles(from: ClusterSpec, to: ClusterSpec): Map<string, string[]> {
  const changed = pairs(from, to).map(([before, after]): [string, string[]] => {
    const old = new Map(renderPeer(from, before.name, masked(from)).map((file) => [file.name, file.content]));
    const wanted = renderPeer(to, after.name, masked(to));
    const gone = [...old.keys()].filter((name) => !wanted.some((file) => file.name === name));
    const other = wanted.filter(({ name, content }) => old.get(name) !== content).map(({ name }) => name);
    return [after.name, [...other, ...gone]];
  });
  return new Map(changed.filter(([, names]) => names.length > 0));
}

function pairs(from: ClusterSpec, to: ClusterSpec): [PeerSpec, PeerSpec][] {
  return to.peers.flatMap((after): [PeerSpec, PeerSpec][] => {
    const before = from.peers.find((peer) => isSamePeer(peer, after));
    return before ? [[before, after]] : [];
  });
}

function difference(old: Definition | undefined, wanted: Definition): string[] {
  if (!old) return ["it is new there"];
  return [...leaves(old.container, wanted.container), ...leaves(old.reads, wanted.reads)];
}

/** Each member that differs, at any depth, as "path: before → after". */
function leaves(before: unknown, after: unknown, path = ""): string[] {
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return [];
  if (Array.isArray(before) && Array.isArray(after) && !sameMembers(before, after))
    return [`${path}: ${listed(lacking(before, after))} → ${listed(lacking(after, before))}`];
  if (!isRecord(before) || !isRecord(after)) return [`${path}: ${show(before)} → ${show(after)}`];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => leaves(before[key], after[key], path === "" ? key : `${path}.${key}`));
}

/** Elements of a list that another one has not: commands are long, and differ in little. */
function lacking(list: readonly unknown[], other: readonly unknown[]): unknown[] {
  const known = other.map((element) => canonicalJson(element));
  return list.filter((element) => !known.includes(canonicalJson(element)));
}

/** They may be in another order. */
function sameMembers(a: readonly unknown[], b: readonly unknown[]): boolean {
  return lacking(a, b).length + lacking(b, a).length === 0;
}

function listed(elements: readonly unknown[]): string {
  return elements.length === 0 ? "nothing" : elements.map(show).join(" ");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Files are told by name: what changes in them is seen in the plan's own lines. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}
