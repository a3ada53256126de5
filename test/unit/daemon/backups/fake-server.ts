import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { MilvusCalls } from "../../../../lib/daemon/backups/portable/calls";
import type { FieldEntry } from "../../../../lib/daemon/backups/manifest";

type Handler = (request: never) => object;

/** Answers that are not errors of Milvus, but of the way to it. */
export class Broken extends Error {}

/** Calls that are answered by functions, by their names in Milvus' protocol. */
export function callsTo(
  handlers: Readonly<Record<string, Handler>>,
  signal = new AbortController().signal,
): MilvusCalls {
  const stub = Object.fromEntries(
    Object.entries(handlers).map(([method, handler]) => [method, served(handler)]),
  );
  const channelPool = { acquire: async () => stub, release: () => undefined };
  return new MilvusCalls({ channelPool } as unknown as MilvusClient, signal);
}

type Done = (error?: Error, reply?: object) => void;

function served(handler: Handler): (request: never, options: unknown, done: Done) => void {
  return (request, _options, done) => {
    try {
      done(undefined, { status: { error_code: "Success" }, ...handler(request) });
    } catch (error) {
      done(error as Error);
    }
  };
}

export const refusal = (error_code: string, reason: string) => ({ status: { error_code, reason } });

export const field = (name: string, type: string, o: Partial<FieldEntry> = {}): FieldEntry => ({
  ...{ name, description: "", type, params: {}, nullable: false, computed: false },
  ...{ primaryKey: false, autoId: false, partitionKey: false, clusteringKey: false, ...o },
});
