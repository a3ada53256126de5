import { join } from "node:path";
import { hostPort } from "../spec/host";
import type { ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec } from "../spec/spec";
import { DockerCompose } from "./compose";
import type { DaemonConfig } from "./config";
import { DockerContainers } from "./docker";
import { Election } from "./election";
import { EtcdStore } from "./etcd";
import { Healer } from "./heal";
import { HttpClient } from "./http";
import { keys } from "./keys";
import type { Log } from "./log";
import { MilvusSdk } from "./milvus";
import { MinioAdmin, type MinioNode } from "./minio-admin";
import { RenderedOnDisk } from "./rendered";
import type { Ports } from "./steps/step";
import { messageOf } from "./wait";

/** What exists outside of any cluster too. */
export type HostPorts = Pick<Ports, "containers" | "compose" | "http" | "milvus" | "files">;

export function hostPorts({ identity, tls, configDir }: DaemonConfig): HostPorts {
  const renderDir = join(configDir, "rendered");
  return {
    containers: new DockerContainers(),
    compose: new DockerCompose(renderDir),
    http: new HttpClient(tls),
    milvus: new MilvusSdk(),
    files: new RenderedOnDisk(identity.name, renderDir, identity.dataRoot),
  };
}

/** Everything that lives as long as this peer belongs to one cluster: connections, candidacy, healing. */
export class Runtime {
  readonly ports: Ports;
  readonly election: Election;
  private readonly store: EtcdStore;
  private healer: Healer | undefined;

  constructor(
    private readonly config: DaemonConfig,
    host: HostPorts,
    private readonly spec: ClusterSpec,
    private readonly log: Log,
  ) {
    const { identity, tls } = config;
    const ownFirst = [...spec.peers].sort(
      (a, b) => Number(b.name === identity.name) - Number(a.name === identity.name),
    );
    const members = ownFirst.map((p) => ({
      name: p.name,
      url: `https://${hostPort(p.address, spec.ports.etcdClient)}`,
    }));
    this.store = new EtcdStore({ members, caPem: tls.ca, certPem: tls.cert, keyPem: tls.key });
    this.election = new Election({
      store: this.store,
      key: keys(identity.clusterId).leader,
      candidate: identity.name,
      onChange: (sentence) => log.info(sentence),
    });
    this.ports = { ...host, store: this.store, term: () => this.election.term() };
    this.election.start();
  }

  /** Once the pool is whole for the first time; drives that come up during forming need no healing. */
  startHealing(secrets: ClusterSecrets): void {
    const admin = new MinioAdmin(this.ports.http, this.spec, secrets);
    this.healer ??= new Healer({
      nodes: () => this.askPool(admin),
      heal: (signal) => admin.heal(this.viaFirst(), signal),
      isLeader: () => this.election.term() !== undefined,
      log: this.log,
    });
    this.healer.start();
  }

  /** Drives of this peer as MinIO itself counted them some seconds ago. */
  ownDrives(): MinioNode | undefined {
    return this.healer?.lastNodes.find((n) => n.peer === this.config.identity.name);
  }

  /** Resigns, and closes every connection. */
  async close(): Promise<void> {
    await Promise.all([this.election.stop(), this.healer?.stop()]);
    this.store.close();
  }

  private async askPool(admin: MinioAdmin): Promise<MinioNode[]> {
    const problems: string[] = [];
    for (const via of this.pool()) {
      try {
        return await admin.nodes(via);
      } catch (error) {
        problems.push(messageOf(error));
      }
    }
    throw new Error(problems.join("; "));
  }

  private viaFirst(): string {
    return this.pool()[0]!;
  }

  /** Own node first, where this peer has one. */
  private pool(): string[] {
    const { peers } = this.spec.storage;
    const { name } = this.config.identity;
    return [...peers].sort((a, b) => Number(b === name) - Number(a === name));
  }
}
