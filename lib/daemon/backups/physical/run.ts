import { MILVUS_BACKUP_TRUST } from "../../../render/milvus-backup";
import { DONE, parseLogLine, TRUST_VARIABLE, type LogLine } from "../../../spec/milvus-backup";
import type { PhysicalContext } from "./context";

const NAME = "milvus-backup";
/** It tells of each segment and of each import that is under way; a large segment over a slow line takes a while. */
const SILENCE_MS = 3_600_000;
const LOOK_MS = 500;
/** As much of its last words as an error tells. */
const REASON_CHARS = 500;

export interface Run {
  /** For messages. */
  readonly what: string;
  readonly command: readonly string[];
  /** Of the target, where the backup lies. */
  readonly folder: string;
  readonly onLog: (line: LogLine) => void;
}

/** Has milvus-backup do something. Throws with what it has said when it fails, and when it is to stop; its container is gone then. */
export async function runMilvusBackup(
  ctx: PhysicalContext,
  { what, command, folder, onLog }: Run,
): Promise<void> {
  let last = "";
  const hear = (line: string): void => {
    const said = parseLogLine(line);
    if (!said) last = line.trim() || last;
    else {
      tell(ctx, said);
      onLog(said);
    }
  };
  const code = await stoppable(ctx, (signal) =>
    ctx.containers.run({
      ...{ name: NAME, image: ctx.image, command, files: ctx.files(folder), signal },
      ...{ env: { [TRUST_VARIABLE]: MILVUS_BACKUP_TRUST }, onLine: hear, silenceMs: SILENCE_MS },
    }),
  );
  if (code === DONE) return;
  const reason = last.replace(/^Error: /, "").slice(0, REASON_CHARS) || "it has not said why";
  throw new Error(`${NAME} ${what} failed (exit code ${code}): ${reason}`);
}

/** Warnings and errors are worth a line of the job's log; the rest is progress. */
function tell({ log }: PhysicalContext, { level, message, fields }: LogLine): void {
  if (level === "INFO" || level === "DEBUG") return;
  const about = [fields.ns ?? fields.target_ns, fields.error].filter((text) => text !== undefined);
  log(`${NAME}: ${[message, ...about].join(": ")}`);
}

/** The program knows nothing of safe points: whether it is to stop is asked again and again. */
async function stoppable<T>(ctx: PhysicalContext, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const look = setInterval(() => {
    try {
      ctx.safePoint();
    } catch (error) {
      own.abort(error);
    }
  }, LOOK_MS);
  try {
    return await work(AbortSignal.any([ctx.signal, own.signal]));
  } finally {
    clearInterval(look);
  }
}
