import type { Command } from "commander";
import type { SpecReply } from "../../api/wire";
import { hostPort } from "../../spec/host";
import type { ClusterSpec, PeerSpec } from "../../spec/spec";
import { poolWith } from "../../spec/pool";
import { rolesOf } from "../../spec/roles";
import { clusterCommand } from "../cluster-command";
import { EXIT } from "../exit";
import { print } from "../output";
import { table } from "../table";

/** Where one peer offers what. */
interface PeerUrls {
  readonly peer: string;
  readonly address: string;
  /** host:port for Milvus' clients. */
  readonly loadBalancer: string;
  readonly daemon: string;
  readonly apiDocs: string;
  /** On the peer's loopback interface alone: reach it through `ssh -L`. */
  readonly minioConsole?: string;
  /** /metrics of each of Milvus' roles, by role. */
  readonly metrics: Readonly<Record<string, string>>;
}

export function addUrls(program: Command): void {
  const command = program
    .command("urls")
    .description("list where clients, the daemons' API, MinIO's console and Milvus' metrics are");
  clusterCommand(command, async ({ cluster, o }) => {
    const reply = await cluster.ask((client) => client.spec());
    print(o.output, { peers: urlsOf(reply) }, ({ peers }) => urlsText(peers));
    return EXIT.ok;
  });
}

export function urlsOf({ spec }: Pick<SpecReply, "spec">): PeerUrls[] {
  return spec.peers.map((peer) => {
    const daemon = `https://${hostPort(peer.address, spec.ports.daemon)}`;
    return {
      ...{ peer: peer.name, address: peer.address },
      ...{ loadBalancer: hostPort(peer.address, spec.ports.lb), daemon, apiDocs: `${daemon}/docs` },
      ...(poolWith(spec, peer.name) && {
        minioConsole: `https://127.0.0.1:${spec.ports.minioConsole}`,
      }),
      metrics: metricsOf(spec, peer),
    };
  });
}

function metricsOf(spec: ClusterSpec, peer: PeerSpec): Record<string, string> {
  const urls = rolesOf(spec, peer).map(({ name, metricsIndex }) => {
    const port = spec.ports.milvusMetricsBase + metricsIndex;
    return [name, `http://${hostPort(peer.address, port)}/metrics`];
  });
  return Object.fromEntries(urls) as Record<string, string>;
}

function urlsText(peers: readonly PeerUrls[]): string {
  const rows = peers.flatMap((p) => {
    const offers = [
      ["Milvus (load balancer)", p.loadBalancer],
      ["daemon API", p.daemon],
      ["daemon API, to read", p.apiDocs],
      ...(p.minioConsole ? [["MinIO console (on the peer)", p.minioConsole]] : []),
      ...Object.entries(p.metrics).map(([role, url]) => [`metrics of ${role}`, url]),
    ];
    return offers.map(([what, url], i) => [i === 0 ? p.peer : "", what!, url!]);
  });
  return table(["peer", "what", "where"], rows);
}
