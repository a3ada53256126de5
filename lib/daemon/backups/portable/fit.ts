import type { CollectionEntry, FieldEntry } from "../manifest";
import { fullName } from "./context";
import { isVector } from "./types";

/** The line of Milvus that can do it first, as a number that compares: 2.3 is 203. */
type Line = number;

/** Milvus' release notes of 2.4.0, 2.5.0 and 2.6.0. What is not named here was there in 2.3. */
const TYPES: Readonly<Record<string, Line>> = {
  BFloat16Vector: 204,
  SparseFloatVector: 204,
  Int8Vector: 206,
};
const INDEXES: Readonly<Record<string, Line>> = {
  INVERTED: 204,
  SPARSE_INVERTED_INDEX: 204,
  SPARSE_WAND: 204,
  BITMAP: 205,
  HNSW_SQ: 205,
  HNSW_PQ: 205,
  HNSW_PRQ: 205,
  NGRAM: 206,
  RTREE: 206,
  MINHASH_LSH: 206,
  IVF_RABITQ: 206,
};

export interface Fit {
  /** Nothing of the collection can be restored. */
  readonly refusals: string[];
  /** It can, with a loss. */
  readonly warnings: string[];
}

/** What a server of this version ("v2.3.5") cannot make of a collection. */
export function fitOf(c: CollectionEntry, version: string): Fit {
  const line = lineOf(version);
  const lacks = (what: string, since: Line): string =>
    `${fullName(c)}: ${what} needs Milvus ${textOf(since)} or newer, and this is ${version}`;
  const refusals = [
    ...c.fields.flatMap((f) => needsOf(f).map(([what, since]) => ({ what, since }))),
    ...c.functions.map(({ name }) => ({ what: `function ${name}`, since: 205 })),
    ...(c.fields.filter(({ type }) => isVector(type)).length > 1
      ? [{ what: "more than one vector field", since: 204 }]
      : []),
  ].filter(({ since }) => line < since);
  const unknown = c.indexes.filter(({ params }) => line < (INDEXES[params.index_type ?? ""] ?? 0));
  const warnings = unknown.map(({ field, params }) => {
    const since = INDEXES[params.index_type!]!;
    return `${lacks(`the index ${params.index_type} on ${field}`, since)}: the field gets no index`;
  });
  if (c.fields.some(({ autoId }) => autoId)) {
    warnings.push(
      `${fullName(c)}: Milvus makes its primary keys, and takes no others: rows get new ones, those of the backup are lost`,
    );
  }
  return { refusals: refusals.map(({ what, since }) => lacks(what, since)), warnings };
}

/** Whether this version makes such an index. */
export function knowsIndex(type: string | undefined, version: string): boolean {
  return lineOf(version) >= (INDEXES[type ?? ""] ?? 0);
}

function needsOf(f: FieldEntry): [string, Line][] {
  const needs: [string, Line][] = [];
  if (TYPES[f.type]) needs.push([`field ${f.name} (${f.type})`, TYPES[f.type]!]);
  if (f.nullable) needs.push([`nullable field ${f.name}`, 205]);
  if (f.default !== undefined) needs.push([`the default of field ${f.name}`, 205]);
  if (f.clusteringKey) needs.push([`clustering key ${f.name}`, 204]);
  return needs;
}

/** A version that cannot be read is taken for a new one: Milvus itself will say what it does not take. */
export function lineOf(version: string): Line {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  return match ? Number(match[1]) * 100 + Number(match[2]) : Infinity;
}

function textOf(line: Line): string {
  return `${Math.floor(line / 100)}.${line % 100}`;
}
