import type { MinioClient } from "./client";

/**
 * `serving`: it takes new objects. In every other state it is only read from. MinIO goes on by itself with what is `emptying` or has
 * `failed` three minutes after it was started anew.
 */
export type PoolState = "serving" | "emptying" | "emptied" | "failed" | "cancelled";

/** How far MinIO is with emptying a pool; counts are those since it was begun last. */
export interface PoolStatus {
  readonly state: PoolState;
  readonly objects: number;
  readonly bytes: number;
  /** Objects that could not be moved. */
  readonly failed: number;
}

/** Source of all: minio/minio RELEASE.2025-09-07 cmd/admin-handlers-pools.go, cmd/erasure-server-pool-decom.go. */
interface Pool {
  readonly cmdline: string;
  readonly decommissionInfo?: {
    readonly startTime: string;
    readonly complete: boolean;
    readonly failed: boolean;
    readonly canceled: boolean;
    readonly objectsDecommissioned: number;
    readonly objectsDecommissionedFailed: number;
    readonly bytesDecommissioned: number;
  };
}

const POOLS = "/minio/admin/v3/pools";
/** Go's way to say never. */
const NEVER = "0001-";

/** What MinIO calls decommissioning: the objects of one pool are moved into the others while all are served. */
export class MinioEmptying {
  constructor(private readonly client: MinioClient) {}

  /** Of each pool that MinIO runs with, in their order, as `via` knows. A pool's first node knows first. */
  async pools(via: string): Promise<PoolStatus[]> {
    return (await this.list(via)).map(statusOf);
  }

  /** Begins, also anew after it was cancelled, has failed or has ended. Refused while any pool is being emptied. */
  begin(via: string, pool: number): Promise<void> {
    return this.tell(via, pool, "decommission");
  }

  /** What was moved stays moved. Refused while MinIO has not gone on with it since it was started anew. */
  cancel(via: string, pool: number): Promise<void> {
    return this.tell(via, pool, "cancel");
  }

  /** MinIO knows a pool by what it was told of it at its start, and by nothing else (its by-id is never read). */
  private async tell(via: string, pool: number, what: "decommission" | "cancel"): Promise<void> {
    const { cmdline } = (await this.list(via))[pool]!;
    await this.client.call(via, {
      method: "POST",
      path: `${POOLS}/${what}?pool=${encodeURIComponent(cmdline)}`,
    });
  }

  private async list(via: string): Promise<Pool[]> {
    return JSON.parse(await this.client.call(via, { method: "GET", path: `${POOLS}/list` })) as Pool[];
  }
}

function statusOf({ decommissionInfo: d }: Pool): PoolStatus {
  const { objectsDecommissioned: objects = 0, bytesDecommissioned: bytes = 0 } = d ?? {};
  return { state: stateOf(d), objects, bytes, failed: d?.objectsDecommissionedFailed ?? 0 };
}

function stateOf(d: Pool["decommissionInfo"]): PoolState {
  if (!d) return "serving";
  if (d.complete) return "emptied";
  if (d.failed) return "failed";
  if (d.canceled) return "cancelled";
  return d.startTime.startsWith(NEVER) ? "serving" : "emptying";
}
