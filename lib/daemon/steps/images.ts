import { setTimeout as sleep } from "node:timers/promises";
import { peerImages } from "../../render";
import { peerOf } from "../../spec/host";
import { DeadlineError, messageOf } from "../wait";
import type { StepContext, StepExecutor } from "./step";

/** Without any progress, whether the registry refuses or is silent. */
const STALL_MS = 180_000;
const RETRY_MS = 3_000;

/** Pulls what is not on the host yet, all images at once. */
export const images: StepExecutor = {
  kind: "images",
  isDone: async (ctx) => (await missing(ctx)).length === 0,
  run: async (ctx) => {
    const progress = new Map<string, string>();
    const tell = (reference: string, text: string): void => {
      progress.set(reference, text);
      ctx.detail([...progress].map(([ref, at]) => `${ref}: ${at}`).join("; "));
    };
    const wanted = await missing(ctx);
    const results = await Promise.allSettled(wanted.map((ref) => pull(ctx, ref, (at) => tell(ref, at))));
    ctx.signal.throwIfAborted();
    const failures = results.flatMap((r) => (r.status === "rejected" ? [messageOf(r.reason)] : []));
    if (failures.length > 0) throw new Error(failures.join("; "));
  },
};

async function missing(ctx: StepContext): Promise<string[]> {
  const wanted = peerImages(ctx.spec, peerOf(ctx.spec, ctx.identity.name));
  const present = await Promise.all(wanted.map((ref) => ctx.ports.containers.imageId(ref)));
  return wanted.filter((_, i) => present[i] === undefined);
}

export interface PullContext extends Pick<StepContext, "registryAuth" | "signal"> {
  readonly ports: Pick<StepContext["ports"], "containers">;
}

/** Pulls an image that is not on the host yet. */
export async function fetchImage(
  ctx: PullContext,
  reference: string,
  tell: (at: string) => void,
): Promise<void> {
  if ((await ctx.ports.containers.imageId(reference)) === undefined) await pull(ctx, reference, tell);
}

/** Tries again while the registry may be starting or busy; an image that it does not have will not appear. */
async function pull(ctx: PullContext, reference: string, tell: (at: string) => void): Promise<void> {
  const stall = new Stall(STALL_MS);
  tell("asking the registry");
  for (;;) {
    try {
      const onProgress = (at: string): void => {
        if (at !== stall.last) stall.moved(at);
        tell(at);
      };
      await stall.watch(ctx.signal, (signal) =>
        ctx.ports.containers.pull(reference, ctx.registryAuth, signal, onProgress),
      );
      return tell("pulled");
    } catch (error) {
      ctx.signal.throwIfAborted();
      const why = messageOf(error);
      if (isFinal(error, why)) throw new Error(`pull of ${reference} failed: ${why}`);
      if (stall.isOver()) throw new DeadlineError(`pull of ${reference}`, STALL_MS, `no progress: ${why}`);
      tell(`trying again after: ${why}`);
      await sleep(RETRY_MS, undefined, { signal: ctx.signal });
    }
  }
}

/** A slow registry may take its time; one that delivers nothing at all for a while is given up. */
class Stall {
  last = "";
  private movedAt = performance.now();

  constructor(private readonly ms: number) {}

  moved(to: string): void {
    this.last = to;
    this.movedAt = performance.now();
  }

  isOver(): boolean {
    return performance.now() - this.movedAt >= this.ms;
  }

  /** The work's signal fires when nothing has moved for long enough, or when `outer` does. */
  async watch<T>(outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const own = new AbortController();
    const timer = setInterval(() => {
      if (this.isOver()) own.abort(new Error(`the registry has sent nothing for ${this.ms / 1000} s`));
    }, 1_000);
    try {
      return await work(AbortSignal.any([outer, own.signal]));
    } finally {
      clearInterval(timer);
    }
  }
}

const FINAL =
  /manifest.*(unknown|not found)|not found|repository does not exist|unauthorized|denied|invalid reference/i;

function isFinal(error: unknown, why: string): boolean {
  const status = (error as { statusCode?: number }).statusCode;
  return status === 404 || status === 401 || status === 403 || FINAL.test(why);
}
