import type { ChangeStep, Drift } from "../../../lib/plan/change";
import { fingerprints, renderPeer } from "../../../lib/render";
import { NGINX_CONF } from "../../../lib/render/nginx";
import { peerOf } from "../../../lib/spec/host";
import { masked } from "../../../lib/spec/secrets";
import type { ClusterSpec } from "../../../lib/spec/spec";

/** What one peer runs and has on disk; nothing is known of a peer that does not belong to the cluster. */
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

  /** Nothing can be done on it any more. */
  lose(peer: string): void {
    delete this.hosts[peer];
  }

  /** Somebody has made it otherwise; nginx may have read its file then. */
  drift({ peer, kind, name }: Drift): void {
    const host = this.hosts[peer]!;
    if (kind === "container") host.containers[name] = "another";
    else host.files[name] = "another";
    if (name === NGINX_CONF) host.balancing = "another";
  }

  apply(step: ChangeStep, spec: ClusterSpec): void {
    for (const name of step.peers) {
      if (step.kind === "admit") this.hosts[name] ??= { containers: {}, files: {}, balancing: "" };
      else if (step.kind === "dismiss") delete this.hosts[name];
      else if (step.kind === "movePulsar") move(this.hosts[name]!, spec, name);
      else if (MAKES.has(step.kind)) make(this.hosts[name]!, step, spec, name);
      else if (REMOVES.has(step.kind)) remove(this.hosts[name], step);
    }
  }

  get state(): Readonly<Record<string, Host>> {
    return this.hosts;
  }
}

const MAKES = new Set(["joinEtcd", "restart", "restartTogether", "start", "write"]);
const REMOVES = new Set(["stop", "leaveEtcd"]);

function make(host: Host, step: ChangeStep, spec: ClusterSpec, name: string): void {
  const wanted = fingerprints(spec, peerOf(spec, name));
  host.files = filesOf(spec, name);
  for (const service of servicesOf(step)) host.containers[service] = wanted[service]!;
  if (step.reload || servicesOf(step).includes("nginx")) host.balancing = host.files[NGINX_CONF]!;
}

/** Pulsar is nowhere but on its host, and every nginx leads there. */
function move(host: Host, spec: ClusterSpec, name: string): void {
  delete host.containers["pulsar"];
  const { pulsar } = fingerprints(spec, peerOf(spec, name));
  if (pulsar !== undefined) host.containers["pulsar"] = pulsar;
  host.files = filesOf(spec, name);
  host.balancing = host.files[NGINX_CONF]!;
}

/** A peer that was never let in has nothing that could go. */
function remove(host: Host | undefined, step: ChangeStep): void {
  for (const service of servicesOf(step)) delete host?.containers[service];
}

function servicesOf({ kind, service, services = [] }: ChangeStep): readonly string[] {
  if (kind === "joinEtcd" || kind === "leaveEtcd") return ["etcd"];
  return service === undefined ? services : [service];
}

function filesOf(spec: ClusterSpec, peer: string): Record<string, string> {
  return Object.fromEntries(renderPeer(spec, peer, masked(spec)).map(({ name, content }) => [name, content]));
}
