import { sign } from "aws4";
import { hostOf, hostPort, peerOf } from "../spec/host";
import type { ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec } from "../spec/spec";
import type { Http } from "./ports/runtime";
import { until } from "./wait";

export interface MinioNode {
  /** Name of the peer. */
  readonly peer: string;
  readonly drivesOnline: number;
  readonly drives: number;
  /** Seconds since its MinIO started; 0 while it is offline. */
  readonly uptime: number;
}

interface ServerInfo {
  servers?: { endpoint: string; uptime?: number; drives?: { state: string }[] }[];
}

/** MinIO's region unless told otherwise. */
const REGION = "us-east-1";

/** With a node that has just vanished, the others answer after 3 to 8 s. */
const CALL_MS = 12_000;
const HEAL_DEADLINE_MS = 3_600_000;

/** MinIO's admin API, asked through one node of the pool. Credentials travel as a signature, never as an argument. */
export class MinioAdmin {
  constructor(
    private readonly http: Http,
    private readonly spec: ClusterSpec,
    private readonly secrets: ClusterSecrets,
  ) {}

  /** Every node of the pool as `via` sees it. */
  async nodes(via: string, timeoutMs = CALL_MS): Promise<MinioNode[]> {
    const info = (await this.call(via, "GET", "/minio/admin/v3/info", "", timeoutMs)) as ServerInfo;
    return this.spec.storage.peers.map((peer) => {
      const endpoint = hostPort(hostOf(peerOf(this.spec, peer)), this.spec.ports.minio);
      // A lone node calls itself by whatever address it was asked at.
      const lone = this.spec.storage.peers.length === 1;
      const server = info.servers?.find((s) => lone || s.endpoint === endpoint);
      const drivesOnline = (server?.drives ?? []).filter((d) => d.state === "ok").length;
      return { peer, drivesOnline, drives: this.spec.storage.drivesPerPeer, uptime: server?.uptime ?? 0 };
    });
  }

  /** Heals every object, and returns when that is finished. */
  async heal(via: string, signal: AbortSignal): Promise<void> {
    const path = "/minio/admin/v3/heal/";
    // As `mc admin heal --recursive`; scanMode 1 looks at what is there, not at every byte of it.
    const options = { recursive: true, dryRun: false, remove: false, recreate: false, scanMode: 1 };
    const { clientToken } = (await this.call(via, "POST", path, JSON.stringify(options))) as {
      clientToken: string;
    };
    const query = `${path}?clientToken=${encodeURIComponent(clientToken)}`;
    const finished = async (): Promise<string | undefined> => {
      const { Summary } = (await this.call(via, "POST", query, "")) as { Summary: string };
      return Summary === "finished" ? undefined : Summary;
    };
    await until(finished, { what: "heal", deadlineMs: HEAL_DEADLINE_MS, everyMs: 2_000, signal });
  }

  private signature(method: string, host: string, path: string, body: string): Record<string, string> {
    const credentials = {
      accessKeyId: this.secrets.minioRootUser,
      secretAccessKey: this.secrets.minioRootPassword,
    };
    const request = { method, host, path, body, service: "s3", region: REGION };
    return sign(request, credentials).headers as Record<string, string>;
  }

  private async call(
    via: string,
    method: string,
    path: string,
    body: string,
    timeoutMs = CALL_MS,
  ): Promise<unknown> {
    const host = hostPort(peerOf(this.spec, via).address, this.spec.ports.minio);
    const answer = await this.http.send({
      method,
      url: `https://${host}${path}`,
      headers: this.signature(method, host, path, body),
      body,
      timeoutMs,
    });
    if (answer.status === 200) return JSON.parse(answer.body);
    throw new Error(
      `MinIO on ${via}: ${method} ${path.split("?")[0]} answered ${answer.status}: ${messageIn(answer.body)}`,
    );
  }
}

function messageIn(body: string): string {
  try {
    return (JSON.parse(body) as { Message?: string }).Message ?? "";
  } catch {
    return body.slice(0, 200);
  }
}
