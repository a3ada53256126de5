import { z } from "zod";
import { SNAPSHOT_NAME } from "../backups/snapshot-dir";

/** `<UTC time>-rescue-<random>`: the copy, what is put aside and the new cluster of members are named by it. */
const run = z.string().regex(/^\d{8}T\d{6}Z-rescue-[0-9a-f]{8}$/);
const file = z.string().regex(SNAPSHOT_NAME);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.number().int().nonnegative();

/** What a peer is asked to do when etcd is formed anew, in this order, and how long it may take (ms). */
export const RESCUE_STEPS = {
  /** Stop Milvus and etcd. */
  freeze: { params: z.strictObject({ run, rejoin: z.boolean() }), deadlineMs: 240_000 },
  /** Write the data as a snapshot. */
  copy: { params: z.strictObject({ run }), deadlineMs: 900_000 },
  /** Take a snapshot over from the peer that holds it. */
  fetch: { params: z.strictObject({ run, from: z.string(), file, sha256, bytes }), deadlineMs: 900_000 },
  /** Make the new data beside the old. */
  prepare: {
    params: z.strictObject({ run, file, members: z.array(z.string()).min(1) }),
    deadlineMs: 660_000,
  },
  /** Put the old data aside, and the new in its place. */
  swap: { params: z.strictObject({ run }), deadlineMs: 60_000 },
  /** Start etcd, and Milvus once it has a majority. */
  start: { params: z.strictObject({ run }), deadlineMs: 180_000 },
  /** Start again what was stopped, with the data that it had. */
  thaw: { params: z.strictObject({ run }), deadlineMs: 180_000 },
} as const;

export type RescueStep = keyof typeof RESCUE_STEPS;
export type StepParams<S extends RescueStep> = z.infer<(typeof RESCUE_STEPS)[S]["params"]>;

/** What a peer answers to each. */
export interface StepAnswers {
  readonly freeze: { readonly revision?: number; readonly problem?: string };
  readonly copy: { readonly file: string; readonly sha256: string; readonly bytes: number };
  readonly fetch: { readonly fetched: boolean };
  readonly prepare: Record<string, never>;
  readonly swap: Record<string, never>;
  readonly start: Record<string, never>;
  readonly thaw: Record<string, never>;
}

/** One peer, here or elsewhere, does one step. Throws with its name. */
export type StepRunner = <S extends RescueStep>(
  peer: string,
  step: S,
  params: StepParams<S>,
) => Promise<StepAnswers[S]>;

/** Where the data that was there before is, beside `member`. */
export const asideOf = (runId: string): string => `member.old-${runId}`;
