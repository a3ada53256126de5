/** Who a peer is. The provider (or, without Terraform, `init`/`join`) writes it; the daemon reads it at start. */
export interface PeerIdentity {
  readonly clusterId: string;
  readonly name: string;
  readonly address: string;
  readonly daemonPort: number;
  readonly dataRoot: string;
  /** SHA-256 (hex) of the bearer token: the token itself never rests on a peer. */
  readonly tokenSha256: string;
  /** host:port of the daemon that admitted this peer, where it was added by `join`. */
  readonly joinedThrough?: string;
}
