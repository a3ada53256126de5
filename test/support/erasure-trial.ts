import { isDeepStrictEqual } from "node:util";
import { say } from "../../lab/progress";
import { MinioAdmin } from "../../lib/daemon/minio/admin";
import { MinioClient, type MinioCredentials, type MinioRequest } from "../../lib/daemon/minio/client";
import type { MinioSpec } from "../../lib/daemon/minio/pool";
import { problemIn } from "../../lib/daemon/minio/problem";
import type { Http } from "../../lib/daemon/ports/runtime";
import { messageOf } from "../../lib/daemon/wait";
import { hostPort, peerOf } from "../../lib/spec/host";
import { NO_ANSWER, outagesOf, overall, WORKS, type Outage, type Seen } from "./erasure-layout";
import { eventually } from "./eventually";
import { peerName } from "./minio-fleet";

/** Of a trial's objects, in bytes: MinIO keeps small ones beside their metadata, large ones in files of their own. */
const SIZES = [100, 2 << 20, 100, 100, 100, 100, 2 << 20, 100];
const WHOLE_MS = 300_000;
/** The peers of a paused VM take it for alive until two pings, 10 s apart, went unanswered; a verdict before says nothing. */
const UNNOTICED_MS = 25_000;
const PATIENCE_MS = 150_000;
const ANSWER_MS = 12_000;

/** Layout as MinIO itself tells it; part of madmin's ErasureBackend (minio/madmin-go v3.0.109 info-commands.go). */
export interface Backend {
  readonly standardSCParity: number;
  readonly totalSets: readonly number[];
  readonly totalDrivesPerSet: readonly number[];
}

/** A running MinIO of one layout and objects in it. */
export class ErasureTrial {
  readonly seen: Seen[] = [];
  private readonly client: MinioClient;

  constructor(
    readonly spec: MinioSpec,
    private readonly http: Http,
    root: MinioCredentials,
  ) {
    this.client = new MinioClient(http, spec, root);
  }

  /** Until every node sees every drive, and MinIO calls itself healthy. */
  async whole(): Promise<void> {
    const admin = new MinioAdmin(this.client, this.spec);
    const sees = async (via: string): Promise<boolean> => {
      const nodes = await admin.nodes(via, 45_000);
      return nodes.every((node) => node.drivesOnline === node.drives) && (await this.health("cluster", via));
    };
    const all = this.spec.peers.map(({ name }) =>
      eventually(`${this.spec.name} is whole to ${name}`, WHOLE_MS, () => sees(name)),
    );
    await Promise.all(all);
  }

  /** Makes the bucket and the objects that are old in every outage. */
  async fill(): Promise<void> {
    const via = this.via([]);
    await this.client.call(via, { method: "PUT", path: `/${this.spec.storage.bucket}` });
    const written = await this.put("old", via);
    if (written !== WORKS) throw new Error(`${this.spec.name}: a write with every peer there: ${written}`);
  }

  async backend(): Promise<Backend> {
    const answer = await this.client.call(this.via([]), { method: "GET", path: "/minio/admin/v3/info" });
    return (JSON.parse(answer) as { backend: Backend }).backend;
  }

  meets(down: Outage): boolean {
    return outagesOf(this.spec).some((outage) => isDeepStrictEqual(outage, down));
  }

  /** Looks until MinIO has noticed and all is as expected, or for too long: what was seen last counts. */
  async observe(expected: Seen): Promise<void> {
    const since = Date.now();
    let last: Seen | undefined;
    const settled = async (): Promise<boolean> => {
      const noticed = Date.now() - since > UNNOTICED_MS;
      last = await this.look(expected.down);
      return noticed && isDeepStrictEqual(last, expected);
    };
    await eventually(`${this.spec.name} answers`, PATIENCE_MS, settled).catch((error: unknown) => {
      if (!last) throw error;
    });
    this.seen.push(last!);
    say(`${this.spec.name}: ${JSON.stringify(last)}`);
  }

  private async look(down: Outage): Promise<Seen> {
    const via = this.via(down);
    const [healthyForReads, healthyForWrites, reads, writes] = await Promise.all([
      this.health("cluster/read", via),
      this.health("cluster", via),
      this.get("old", via),
      this.put(`new-${Date.now()}`, via),
    ]);
    return { down, healthyForReads, healthyForWrites, reads, writes };
  }

  /** The last peer that stands. */
  private via(down: Outage): string {
    const away = down.map(peerName);
    return this.spec.peers.filter(({ name }) => !away.includes(name)).at(-1)!.name;
  }

  private async health(path: string, via: string): Promise<boolean> {
    const at = hostPort(peerOf(this.spec, via).address, this.spec.ports.minio);
    return (await this.http.get(`https://${at}/minio/health/${path}`, 45_000)).status === 200;
  }

  private get(folder: string, via: string): Promise<string> {
    return this.each(folder, (path, size) =>
      this.ask(via, { method: "GET", path }, (body) => body.length === size),
    );
  }

  private put(folder: string, via: string): Promise<string> {
    return this.each(folder, (path, size) => this.ask(via, { method: "PUT", path, body: "x".repeat(size) }));
  }

  /** What all objects have in common, or every outcome. */
  private async each(folder: string, ask: (path: string, size: number) => Promise<string>): Promise<string> {
    const paths = SIZES.map((size, i) => ask(`/${this.spec.storage.bucket}/${folder}/${i}`, size));
    return overall(this.spec, [...new Set(await Promise.all(paths))].sort().join(", "));
  }

  private async ask(via: string, request: MinioRequest, whole = (_: string) => true): Promise<string> {
    try {
      const { status, body } = await this.client.send(via, { ...request, timeoutMs: ANSWER_MS });
      return status === 200 && whole(body) ? WORKS : problemIn(body).code;
    } catch (error) {
      // MinIO refuses a large object before it has read it all, and closes the connection on whoever still sends.
      if (/ECONNRESET|EPIPE/.test(messageOf(error))) return this.ask(via, request, whole);
      if (/no answer/.test(messageOf(error))) return NO_ANSWER;
      throw error;
    }
  }
}
