import type { ChangeStep } from "../../../lib/plan/change";
import { fingerprints, renderPeer } from "../../../lib/render";
import { NGINX_CONF } from "../../../lib/render/nginx";
import { peerOf } from "../../../lib/spec/host";
import { MASKED } from "../../../lib/spec/secrets";
import type { ClusterSpec } from "../../../lib/spec/spec";

/** What one peer runs and has on disk. */
interface Host {
  /** Fingerprint by service. */
  containers: Record<string, string>;
  /** Content by name. */
  files: Record<string, string>;
  /** What nginx has read. */
  balancing: string;
}

/** Hosts of a cluster, as far as a change of it can tell one state from another. */
export class Model {
  private constructor(private readonly hosts: Record<string, Host>) {}

  static of(spec: ClusterSpec): Model {
    const hosts = spec.peers.map(({ name }): [string, Host] => {
      const files = filesOf(spec, name);
      const containers = fingerprints(spec, peerOf(spec, name));
      return [name, { containers, files, balancing: files[NGINX_CONF]! }];
    });
    return new Model(Object.fromEntries(hosts));
  }

  /** Goes part of the way, as a change does that stops somewhere. */
  stopped(spec: ClusterSpec, steps: readonly ChangeStep[], after: number): void {
    for (const step of steps.slice(0, after)) this.apply(step, spec);
    const next = steps[after];
    if (next) this.apply({ ...next, peers: next.peers.slice(0, 1) }, spec);
  }

  apply({ kind, peers, service, reload = false }: ChangeStep, spec: ClusterSpec): void {
    for (const name of peers) {
      const host = this.hosts[name]!;
      if (kind !== "restart" && kind !== "restartTogether" && kind !== "write") continue;
      host.files = filesOf(spec, name);
      if (service !== undefined) host.containers[service] = fingerprints(spec, peerOf(spec, name))[service]!;
      if (reload || service === "nginx") host.balancing = host.files[NGINX_CONF]!;
    }
  }

  get state(): Readonly<Record<string, Host>> {
    return this.hosts;
  }
}

function filesOf(spec: ClusterSpec, peer: string): Record<string, string> {
  return Object.fromEntries(renderPeer(spec, peer, MASKED).map(({ name, content }) => [name, content]));
}
