import { poolName } from "../../../plan/pools";
import type { PoolSpec } from "../../../spec/spec";
import { minioAdmin, minioEmptying } from "../../minio";
import type { MinioAdmin } from "../../minio/admin";
import type { MinioEmptying, PoolState, PoolStatus } from "../../minio/emptying";
import { hasMinio, type MinioSpec } from "../../minio/pool";
import { roomFor, type Room } from "../../minio/room";
import { until, type WaitOptions } from "../../wait";
import type { ChangeContext } from "./context";
import { secretsOnTheWay } from "./secrets";

/** One of the pools of the spec in force, as MinIO has it, asked through the node that moves its objects: its first. */
export class PoolInForce {
  private constructor(
    readonly pool: PoolSpec,
    private readonly spec: MinioSpec,
    private readonly admin: MinioAdmin,
    private readonly emptying: MinioEmptying,
  ) {}

  /** `peers`: those of the pool. */
  static async of(ctx: ChangeContext, peers: readonly string[]): Promise<PoolInForce> {
    const { from: spec } = ctx.params;
    const pool = hasMinio(spec) ? spec.storage.pools.find((p) => p.peers[0] === peers[0]) : undefined;
    if (!hasMinio(spec) || !pool) throw new Error(`no pool of ${peers.join(", ")} is in force`);
    const { http } = ctx.ports;
    const [first, ...others] = await secretsOnTheWay(ctx);
    return new PoolInForce(
      pool,
      spec,
      minioAdmin(http, spec, first, others),
      minioEmptying(http, spec, [first, ...others]),
    );
  }

  get name(): string {
    return poolName(this.spec, this.pool);
  }

  /** Of all pools, in the order of the spec. */
  async all(via = this.first): Promise<PoolStatus[]> {
    const [found, { length }] = [await this.emptying.pools(via), this.spec.storage.pools];
    if (found.length === length) return found;
    throw new Error(`MinIO on ${via} runs with ${found.length} pools, and the spec in force has ${length}`);
  }

  async status(via = this.first): Promise<PoolStatus> {
    return (await this.all(via))[this.index]!;
  }

  begin(): Promise<void> {
    return this.emptying.begin(this.first, this.index);
  }

  cancel(): Promise<void> {
    return this.emptying.cancel(this.first, this.index);
  }

  /** Has MinIO stop emptying it, where it does; returns how it is then. */
  async stopped(o: Omit<WaitOptions, "what" | "everyMs">): Promise<PoolState> {
    let last: PoolState = "serving";
    const missing = async (): Promise<string | undefined> => {
      last = (await this.status()).state;
      // MinIO goes on by itself with what has failed, once it is started anew.
      if (last !== "emptying" && last !== "failed") return undefined;
      await this.cancel();
      return "it is told, and looked at once more";
    };
    await until(missing, { ...o, what: `an end of emptying ${this.name}`, everyMs: 1_000 });
    return last;
  }

  /** Peers of any pool that have drives offline. */
  async offline(): Promise<string[]> {
    const nodes = await this.admin.nodes(this.first);
    return nodes.filter((n) => n.drivesOnline < n.drives).map(({ peer }) => peer);
  }

  async room(going: readonly PoolSpec[], staying: readonly PoolSpec[]): Promise<Room> {
    const { admin, spec, first } = this;
    const [nodes, stored] = await Promise.all([admin.nodes(first), admin.stored(first)]);
    return roomFor({ spec, going, staying, nodes, stored });
  }

  get first(): string {
    return this.pool.peers[0]!;
  }

  get index(): number {
    return this.spec.storage.pools.indexOf(this.pool);
  }
}
