import { peerServices } from "../render";
import { NGINX_CONF } from "../render/nginx";
import { peerOf } from "../spec/host";
import { MILVUS_TLS_DIR, RENDER_DIR } from "../spec/paths";
import type { ClusterSpec } from "../spec/spec";
import type { Touched } from "./touched";

/** Something of a peer that is not as the spec in force has it: it was changed by hand, or made by another release. */
export interface Drift {
  readonly peer: string;
  readonly kind: "file" | "container" | "certificate";
  /** Of the file below the rendered ones, or of the service; CERTIFICATES where they are to be renewed. */
  readonly name: string;
  /** What tells it from what was found, e.g. "image nginx:1.28.0"; "nothing" where it should not be. */
  readonly expected: string;
  readonly found: string;
}

/** `name` of certificates of a peer that come to their end. With the name of a service: it has started with one that was renewed since. */
export const CERTIFICATES = "certificates";

/** Certificates of a peer that end at that time (ISO 8601), and are to be renewed. */
export function certificatesEnding(peer: string, end: string): Drift {
  return {
    ...{ peer, kind: "certificate", name: CERTIFICATES },
    ...{ expected: "more than a third of their life left", found: `valid until ${end}` },
  };
}

/** Those of which a drift tells. */
export function endingCertificates(drift: readonly Drift[]): Drift[] {
  return drift.filter(({ kind, name }) => kind === "certificate" && name === CERTIFICATES);
}

/** One line for a person. */
export function driftText({ peer, kind, name, expected, found }: Drift): string {
  const what = kind === "file" || name === CERTIFICATES ? name : `the container of ${name}`;
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
  const mounts = (files: readonly string[], path: string): boolean =>
    files.some((file) => file.startsWith(`${path}:`));
  const concerned = services.filter(([service, { files = [] }]) => {
    if (kind === "file") return name !== NGINX_CONF && mounts(files, `${RENDER_DIR}/${name}`);
    // Milvus alone reads its certificate at its start and never again.
    return name === CERTIFICATES ? mounts(files, MILVUS_TLS_DIR) : service === name;
  });
  return concerned.map(([service]) => service);
}

function whyText({ kind, name, expected, found }: Drift): string {
  if (kind === "certificate") return "it reads its renewed certificate at its start";
  return kind === "file" ? `${name} is not as it was rendered` : `${found} → ${expected}`;
}
