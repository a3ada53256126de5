/** How to log in to one SSH server. Every given way is tried, in this order: key, agent, password. */
export interface LoginOptions {
  /** IP address or host name. */
  readonly host: string;
  /** @default 22 */
  readonly port?: number;
  readonly user: string;
  /** Private key itself, in OpenSSH or PEM form. */
  readonly privateKey?: string;
  /** File that holds the private key; a leading `~/` is the home directory of whoever runs this. */
  readonly privateKeyFile?: string;
  /** Passphrase of an encrypted private key. */
  readonly passphrase?: string;
  /** Ask the agent at $SSH_AUTH_SOCK. @default - true when no other way is given and there is an agent */
  readonly agent?: boolean;
  readonly password?: string;
  /**
   * The host key that must be presented: an OpenSSH line (`ssh-ed25519 AAAA…`) or a fingerprint (`SHA256:…`).
   * @default - any key is accepted; `Host.hostKey` says which it was, to be pinned from then on
   */
  readonly hostKey?: string;
}

/** How to reach a VM and become root on it. */
export interface SshOptions extends LoginOptions {
  /** Run commands through `sudo -n`. @default - true unless the user is root */
  readonly sudo?: boolean;
  /** Server to go through; its own `hostKey` is checked likewise. */
  readonly jump?: LoginOptions;
  /** Seconds during which a VM that does not answer is tried again: it may still be booting. @default 120 */
  readonly timeoutSeconds?: number;
}

export const DEFAULT_SSH_PORT = 22;
export const DEFAULT_TIMEOUT_SECONDS = 120;

/** `user@host:port`, how errors name a host. */
export function targetName(o: SshOptions): string {
  const name = loginName(o);
  return o.jump === undefined ? name : `${name} (through ${loginName(o.jump)})`;
}

export function loginName(o: LoginOptions): string {
  const host = o.host.includes(":") ? `[${o.host}]` : o.host;
  return `${o.user}@${host}:${o.port ?? DEFAULT_SSH_PORT}`;
}
