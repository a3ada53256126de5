import type { PoolStatus } from "../../minio/emptying";
import { until } from "../../wait";
import type { ChangeContext } from "./context";
import { Pace } from "./pace";
import type { PoolInForce } from "./pool-in-force";

/** MinIO goes on 3 min after its nodes have started anew, and at the end looks at all that is left without telling how far it is. */
const STALL_MS = 3_600_000;
/** Between two lines of the log. */
const TELL_MS = 300_000;
/** What cannot be moved while it is being written is moved by a second try. */
const TRIES = 3;

export interface FollowOptions {
  /** Bytes to be moved in all, 0 where that is not known. */
  readonly total: number;
  readonly everyMs: number;
  /** Also when it has been emptied already. */
  readonly anew?: boolean;
}

/** Has MinIO empty a pool and waits until it has, however long: as long as something moves. It may have been begun by an earlier leader. */
export async function follow(
  ctx: ChangeContext,
  pool: PoolInForce,
  { total, everyMs, anew }: FollowOptions,
): Promise<void> {
  const teller = new Teller(ctx, pool.name, new Pace(total));
  let begins = 0;
  let last: PoolStatus | undefined;
  const missing = async (): Promise<string | undefined> => {
    ctx.safePoint();
    last = await pool.status();
    if (last.state === "emptying") return teller.tell(last);
    if (last.state === "emptied" && (begins > 0 || !anew)) return undefined;
    if (begins === TRIES) return undefined;
    await pool.begin();
    begins += 1;
    return "it has begun";
  };
  const mark = (): string => JSON.stringify(last);
  const o = { deadlineMs: STALL_MS, everyMs, signal: ctx.signal, onDetail: ctx.detail, mark };
  await until(missing, { what: `emptying ${pool.name}`, ...o });
  if (last!.state !== "emptied") throw new Error(unmoved(pool, last!));
}

function unmoved({ name, first }: PoolInForce, { state, failed }: PoolStatus): string {
  const what = state === "cancelled" ? "somebody else cancels it" : `${failed} objects could not be moved`;
  return (
    `MinIO did not empty ${name} in ${TRIES} tries, for ${what}: docker logs milvus-minio on ${first} says why. All is served as before; ` +
    "mend that and go on (milvus-onprem resume, or apply again), or go back (milvus-onprem rollback)"
  );
}

/** A line of the log now and then, and the part of the step. */
class Teller {
  private toldMs = performance.now();

  constructor(
    private readonly ctx: ChangeContext,
    private readonly name: string,
    private readonly pace: Pace,
  ) {}

  tell(status: PoolStatus): string {
    const text = this.pace.text(status);
    this.ctx.progress(this.pace.part(status));
    if (performance.now() - this.toldMs >= TELL_MS) {
      this.toldMs = performance.now();
      this.ctx.log(`${this.name}: ${text}`);
    }
    return text;
  }
}
