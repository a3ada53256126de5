import type { PeerIdentity } from "../spec/identity";
import { CA_CERT, IDENTITY_FILE, PEER_CERT, PEER_KEY } from "../spec/paths";
import type { HostFile } from "./files";

/** All that makes a VM a certain peer of a certain cluster. */
export interface PeerPapers {
  readonly identity: PeerIdentity;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

/** The files that a daemon reads at its start. */
export function identityFiles({ identity, caPem, certPem, keyPem }: PeerPapers): HostFile[] {
  return [
    { path: CA_CERT, content: caPem, mode: 0o644 },
    { path: PEER_CERT, content: certPem, mode: 0o644 },
    { path: PEER_KEY, content: keyPem, mode: 0o600 },
    { path: IDENTITY_FILE, content: `${JSON.stringify(identity, null, 2)}\n`, mode: 0o600 },
  ];
}
