import { peerServices } from "../render";
import { NGINX_CONF } from "../render/nginx";
import { peerOf } from "../spec/host";
import { RENDER_DIR } from "../spec/paths";
import type { ClusterSpec } from "../spec/spec";
import type { Touched } from "./touched";

/** Something of a peer that is not as the spec in force has it: it was changed by hand, or made by another release. */
export interface Drift {
  readonly peer: string;
  readonly kind: "file" | "container";
  /** Of the file below the rendered ones, or of the service. */
  readonly name: string;
  /** What tells it from what was found, e.g. "image nginx:1.28.0"; "nothing" where it should not be. */
  readonly expected: string;
  readonly found: string;
}

/** One line for a person. */
export function driftText({ peer, kind, name, expected, found }: Drift): string {
  const what = kind === "file" ? name : `the container of ${name}`;
  return `${peer}: ${what}: ${found} instead of ${expected}`;
}

/** Files that have drifted, by peer. */
export function driftedFiles(drift: readonly Drift[]): Map<string, string[]> {
  const files = drift.filter(({ kind }) => kind === "file");
  return new Map(
    files.map(({ peer }) => [peer, files.filter((d) => d.peer === peer).map(({ name }) => name)]),
  );
}

/** Containers that are to be made anew for it: those that are otherwise, and those that may have read a file that is. */
export function touchedByDrift(to: ClusterSpec, drift: readonly Drift[]): Touched[] {
  return drift
    .filter(({ peer }) => to.peers.some(({ name }) => name === peer))
    .flatMap((d) => servicesOf(d, to).map((service) => ({ peer: d.peer, service, why: [whyText(d)] })));
}

function servicesOf({ peer, kind, name }: Drift, to: ClusterSpec): string[] {
  const services = Object.entries(peerServices(to, peerOf(to, peer)));
  const concerned = services.filter(([service, { files = [] }]) =>
    kind === "container"
      ? service === name
      : name !== NGINX_CONF && files.some((file) => file.startsWith(`${RENDER_DIR}/${name}:`)),
  );
  return concerned.map(([service]) => service);
}

function whyText({ kind, name, expected, found }: Drift): string {
  return kind === "file" ? `${name} is not as it was rendered` : `${found} → ${expected}`;
}
