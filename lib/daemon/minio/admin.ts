import { hostOf, hostPort, peerOf } from "../../spec/host";
import { until } from "../wait";
import { capacityOf, type Capacity, type DriveInfo } from "./capacity";
import { refusal, type MinioClient } from "./client";
import type { MinioSpec } from "./pool";
import { problemIn } from "./problem";

export interface MinioNode {
  /** Name of the peer. */
  readonly peer: string;
  readonly drivesOnline: number;
  readonly drives: number;
  /** Seconds since its MinIO started; 0 while it is offline. */
  readonly uptime: number;
  /** Of its drives that are online. */
  readonly capacity: Capacity;
}

/** Part of madmin's InfoMessage (minio/madmin-go v3.0.109 info-commands.go). */
interface ServerInfo {
  readonly backend?: { readonly standardSCParity?: number; readonly totalDrivesPerSet?: readonly number[] };
  readonly servers?: readonly Server[];
  /** Erasure sets by their number, of pools by theirs. */
  readonly pools?: Readonly<Record<string, Readonly<Record<string, { readonly usage?: number }>>>>;
}

interface Server {
  readonly endpoint: string;
  readonly uptime?: number;
  readonly drives?: readonly DriveInfo[];
}

const HEAL_DEADLINE_MS = 3_600_000;
/** MinIO knows one heal of a path: the token of an earlier one is none any more (RELEASE.2025-09-07, as it answers). */
const FORGOTTEN = ["XMinioHealInvalidClientToken", "XMinioHealNoSuchProcess"];

/** What MinIO's admin API tells and does about the nodes of all pools, asked through one of them as root. */
export class MinioAdmin {
  constructor(
    private readonly client: MinioClient,
    private readonly spec: MinioSpec,
  ) {}

  /** Every node of every pool, in their order, as `via` sees it. */
  async nodes(via: string, timeoutMs?: number): Promise<MinioNode[]> {
    const { servers = [], backend } = await this.info(via, timeoutMs);
    const layout = { parity: backend?.standardSCParity ?? 0, setSizes: backend?.totalDrivesPerSet ?? [] };
    return this.spec.storage.pools.flatMap(({ peers, drivesPerPeer }) =>
      peers.map((peer): MinioNode => {
        const server = this.serverOf(peer, servers);
        const online = (server?.drives ?? []).filter((d) => d.state === "ok");
        const { uptime = 0 } = server ?? {};
        const capacity = capacityOf(online, layout);
        return { peer, drivesOnline: online.length, drives: drivesPerPeer, uptime, capacity };
      }),
    );
  }

  /** Bytes of the objects in each pool, as MinIO's scanner counted them last: hours ago, where there are many. */
  async stored(via: string): Promise<number[]> {
    const { pools = {} } = await this.info(via);
    return this.spec.storage.pools.map((_, i) =>
      Object.values(pools[i] ?? {}).reduce((sum, { usage = 0 }) => sum + usage, 0),
    );
  }

  /**
   * Heals every object, and returns when that is finished; `onLook` is called each time that this is asked for. Throws when MinIO has
   * forgotten it, for somebody else has begun another: whether it was finished is not known then.
   */
  async heal(via: string, signal: AbortSignal, onLook: () => void = () => undefined): Promise<void> {
    const path = "/minio/admin/v3/heal/";
    // As `mc admin heal --recursive`; scanMode 1 looks at what is there, not at every byte of it.
    const options = { recursive: true, dryRun: false, remove: false, recreate: false, scanMode: 1 };
    const started = await this.client.call(via, { method: "POST", path, body: JSON.stringify(options) });
    const { clientToken } = JSON.parse(started) as { clientToken: string };
    const query = `${path}?clientToken=${encodeURIComponent(clientToken)}`;
    let forgotten: Error | undefined;
    const finished = async (): Promise<string | undefined> => {
      onLook();
      const request = { method: "POST", path: query } as const;
      const answer = await this.client.send(via, request);
      const problem = answer.status === 200 ? undefined : refusal(via, request, answer);
      if (FORGOTTEN.includes(problemIn(answer.body).code)) forgotten = problem;
      else if (problem) throw problem;
      if (forgotten) return undefined;
      const { Summary } = JSON.parse(answer.body) as { Summary: string };
      return Summary === "finished" ? undefined : Summary;
    };
    await until(finished, { what: "heal", deadlineMs: HEAL_DEADLINE_MS, everyMs: 2_000, signal });
    if (forgotten) throw forgotten;
  }

  private async info(via: string, timeoutMs?: number): Promise<ServerInfo> {
    const answer = await this.client.call(via, { method: "GET", path: "/minio/admin/v3/info", timeoutMs });
    return JSON.parse(answer) as ServerInfo;
  }

  private serverOf(peer: string, servers: readonly Server[]): Server | undefined {
    const { pools } = this.spec.storage;
    // A lone node calls itself by whatever address it was asked at.
    if (pools.length === 1 && pools[0]!.peers.length === 1) return servers[0];
    const endpoint = hostPort(hostOf(peerOf(this.spec, peer)), this.spec.ports.minio);
    return servers.find((s) => s.endpoint === endpoint);
  }
}
