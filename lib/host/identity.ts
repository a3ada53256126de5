import type { PeerIdentity } from "../spec/identity";
import {
  CA_CERT,
  IDENTITY_FILE,
  MILVUS_CA,
  MILVUS_CERT,
  MILVUS_KEY,
  PEER_CERT,
  PEER_KEY,
} from "../spec/paths";
import type { HostFile } from "./files";
import type { Machine } from "./machine";

/** All that makes a VM a certain peer of a certain cluster. */
export interface PeerPapers {
  readonly identity: PeerIdentity;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** Certificate and key of Milvus on this peer; undefined where an earlier release has prepared it. */
  readonly milvus?: { readonly certPem: string; readonly keyPem: string };
}

/** The files that a daemon reads at its start, and those that Milvus reads. */
export function identityFiles(papers: Required<PeerPapers>): HostFile[] {
  const identity = `${JSON.stringify(papers.identity, null, 2)}\n`;
  return [...certificateFiles(papers), { path: IDENTITY_FILE, content: identity, mode: 0o600 }];
}

/** Certificates and keys alone. Milvus' directory has neither key nor certificate of the peer. */
export function certificateFiles({
  caPem,
  certPem,
  keyPem,
  milvus,
}: Omit<Required<PeerPapers>, "identity">): HostFile[] {
  return [
    { path: CA_CERT, content: caPem, mode: 0o644 },
    { path: PEER_CERT, content: certPem, mode: 0o644 },
    { path: PEER_KEY, content: keyPem, mode: 0o600 },
    { path: MILVUS_CA, content: caPem, mode: 0o644 },
    { path: MILVUS_CERT, content: milvus.certPem, mode: 0o644 },
    { path: MILVUS_KEY, content: milvus.keyPem, mode: 0o600 },
  ];
}

/** Whether the VM has all that makes it a peer; its certificate for Milvus aside. */
export function hasIdentity(host: Machine): Promise<boolean> {
  return hasFiles(host, [IDENTITY_FILE, CA_CERT, PEER_CERT, PEER_KEY], "look for the peer's identity");
}

/** Whether the VM has a certificate for Milvus, which earlier releases did not make. */
export function hasMilvusCertificate(host: Machine): Promise<boolean> {
  return hasFiles(host, [MILVUS_CA, MILVUS_CERT, MILVUS_KEY], "look for Milvus' certificate");
}

async function hasFiles(host: Machine, paths: readonly string[], what: string): Promise<boolean> {
  const files = paths.map((path) => `[ -s ${path} ]`).join(" && ");
  const { stdout } = await host.check(`if ${files}; then echo yes; else echo no; fi`, { what });
  return stdout.trim() === "yes";
}
