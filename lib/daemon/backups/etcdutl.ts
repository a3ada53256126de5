import { z } from "zod";
import type { Engine } from "../ports/engine";
import { hasTrueTrailer } from "./trailer";
import type { SnapshotDir } from "./snapshot-dir";

/** The etcd images of 3.5 have it here, whoever built them. */
const ETCDUTL = "/usr/local/bin/etcdutl";
const IN_CONTAINER = "/snapshots";
const DEADLINE_MS = 300_000;

const status = z.object({ revision: z.number(), totalKey: z.number() });

export interface VerifyOptions {
  readonly engine: Engine;
  /** etcd's image. */
  readonly image: string;
  readonly dir: SnapshotDir;
  readonly file: string;
  readonly signal: AbortSignal;
}

/** Has etcd's own tool read a snapshot whole, and checks the hash that a restoration insists on. Throws when it is no good. */
export async function verifySnapshot(o: VerifyOptions): Promise<{ revision: number; keys: number }> {
  const content = await o.dir.open(o.file);
  if (!content) throw new Error(`${o.file} is gone from ${o.dir.path}`);
  if (!(await hasTrueTrailer(content.stream))) {
    throw new Error(`${o.file} is damaged: its last 32 bytes are not the SHA-256 of the rest`);
  }
  const { exitCode, stdout, stderr } = await o.engine.run({
    image: o.image,
    command: [ETCDUTL, "snapshot", "status", `${IN_CONTAINER}/${o.file}`, "--write-out", "json"],
    binds: [`${o.dir.path}:${IN_CONTAINER}:ro`],
    deadlineMs: DEADLINE_MS,
    signal: o.signal,
  });
  if (exitCode !== 0) {
    throw new Error(`etcdutl finds ${o.file} damaged (exit code ${exitCode}): ${lastLine(stderr || stdout)}`);
  }
  const { revision, totalKey } = status.parse(JSON.parse(stdout));
  return { revision, keys: totalKey };
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
