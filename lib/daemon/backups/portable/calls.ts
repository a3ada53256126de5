import { setTimeout as sleep } from "node:timers/promises";
import { promisify, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import type { Moment } from "../manifest";
import { messageOf } from "../../wait";

const CALL_MS = 60_000;
/** A failover of Milvus' coordinators, with all of its retries, is over within a minute; twice that is patience enough. */
export const PATIENCE_MS = 120_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** Bits of a timestamp of Milvus that count within a millisecond (pkg/util/tsoutil of Milvus). */
const LOGICAL_BITS = 18n;
/** gRPC status UNIMPLEMENTED: an older Milvus has no such call. */
const UNIMPLEMENTED = 12;

/** Milvus has answered, and said no. */
export class MilvusRefusal extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
    this.name = "MilvusRefusal";
  }
}

/** An older Milvus, or Milvus Lite, has no such call. */
class UnknownCall extends Error {}

interface Status {
  readonly error_code?: string;
  readonly reason?: string;
}

/**
 * Milvus' own messages, over the SDK's connections. Columns go as they are: the SDK's rows would cost twice the time, and round
 * large numbers in JSON.
 */
export class MilvusCalls {
  constructor(
    private readonly client: MilvusClient,
    readonly signal: AbortSignal,
  ) {}

  /** `what` is being done, for the error: "describe default/books". Throws MilvusRefusal, or what gRPC throws. */
  async ask<T extends object>(
    what: string,
    method: string,
    request: object,
    timeoutMs = CALL_MS,
  ): Promise<T> {
    this.signal.throwIfAborted();
    const reply = await promisify(this.client.channelPool, method, request, timeoutMs).catch(
      (error: unknown) => {
        throw Object.assign(new Error(`${what}: ${messageOf(error)}`), {
          code: (error as { code?: unknown }).code,
        });
      },
    );
    // The SDK makes nothing of a call that the server does not know; every answer of Milvus has a status.
    if (Object.keys(reply as object).length === 0)
      throw new UnknownCall(`${what}: this server has no ${method}`);
    const status: Status = (reply as { status?: Status }).status ?? (reply as Status);
    if (status.error_code === "Success" || status.error_code === undefined) return reply as T;
    throw new MilvusRefusal(`${what}: ${status.reason || status.error_code}`, status.error_code);
  }

  /** As `ask`, of a Milvus that may not know the call. */
  async askIfKnown<T extends object>(what: string, method: string, request: object): Promise<T | undefined> {
    return this.ask<T>(what, method, request).catch((error: unknown) => {
      if (error instanceof UnknownCall || (error as { code?: unknown }).code === UNIMPLEMENTED)
        return undefined;
      throw error;
    });
  }

  /** Again and again, with pauses, while `again` says that it may pass. */
  async patiently<T>(call: () => Promise<T>, again: (error: unknown) => boolean): Promise<T> {
    const end = performance.now() + PATIENCE_MS;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await call();
      } catch (error) {
        if (this.signal.aborted || !again(error) || performance.now() + pause > end) throw error;
      }
      await sleep(pause, undefined, { signal: this.signal });
    }
  }

  /** Now, as Milvus orders its writes; by this machine's clock where one process is all there is (Milvus Lite). */
  async now(): Promise<Moment> {
    const what = "ask Milvus for the time";
    const reply = await this.askIfKnown<{ timestamp: string }>(what, "AllocTimestamp", {});
    const tso = reply ? BigInt(reply.timestamp) : BigInt(Date.now()) << LOGICAL_BITS;
    return { tso: String(tso), at: new Date(Number(tso >> LOGICAL_BITS)).toISOString() };
  }

  async version(): Promise<string> {
    return (await this.ask<{ version: string }>("ask Milvus for its version", "GetVersion", {})).version;
  }
}

/** Key-value pairs as Milvus has them, as an object. */
export function paramsOf(
  pairs: readonly { key: string; value: string }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, value]));
}

export function pairsOf(params: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(params).map(([key, value]) => ({ key, value }));
}
