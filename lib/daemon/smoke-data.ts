import type { Row } from "./ports/milvus";

/** Share of the true nearest neighbours that must be found; the index that is built finds all of them. */
export const LEAST_RECALL = 0.95;

const BUCKETS = 10;

type Vector = readonly number[];

/** Rows with random vectors, spread evenly over ten buckets. */
export function randomRows(count: number, dimension: number, vectorFields: number): Row[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    bucket: id % BUCKETS,
    vectors: Array.from({ length: vectorFields }, () => randomVector(dimension)),
  }));
}

export function randomVector(dimension: number): number[] {
  // As the 32-bit numbers that Milvus keeps, so that both sides reckon with the same ones.
  return Array.from({ length: dimension }, () => Math.fround(Math.random()));
}

/** Ids of the rows whose first vector is nearest, nearest first, by looking at all of them. */
export function nearest(rows: readonly Row[], to: Vector, limit: number): number[] {
  return rows
    .map(({ id, vectors }) => ({ id, distance: squaredDistance(vectors[0]!, to) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ id }) => id);
}

/** Share of the true neighbours, over all searches, that was found. */
export function recall(found: readonly (readonly number[])[], truth: readonly (readonly number[])[]): number {
  const hits = truth.map((ids, i) => ids.filter((id) => found[i]?.includes(id)).length);
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return sum(hits) / sum(truth.map((ids) => ids.length));
}

function squaredDistance(a: Vector, b: Vector): number {
  return a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0);
}
