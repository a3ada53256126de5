/** How to log in to one SSH server. Each given way is tried, in this order: key, agent, password. */
export interface SshLoginProps {
  /** User to log in as. */
  readonly user: string;

  /**
   * Address of the SSH server.
   * @default - for a peer, its address; a jump host must say
   */
  readonly host?: string;

  /**
   * Port of the SSH server.
   * @default 22
   */
  readonly port?: number;

  /**
   * File with the private key on the machine that runs Terraform: an absolute path, or one that starts with `~/`.
   * @default - none
   */
  readonly privateKeyFile?: string;

  /**
   * The private key itself, in OpenSSH or PEM form. Give it as a token (a sensitive TerraformVariable, another resource's
   * output): a literal would be written into cdk.tf.json.
   * @default - none
   */
  readonly privateKey?: string;

  /**
   * Passphrase of an encrypted private key. Give it as a token, as `privateKey`.
   * @default - none
   */
  readonly passphrase?: string;

  /**
   * Ask the SSH agent of the machine that runs Terraform.
   * @default - true when no other way is given and there is an agent
   */
  readonly agent?: boolean;

  /**
   * Password. Give it as a token, as `privateKey`.
   * @default - none
   */
  readonly password?: string;

  /**
   * Host key that the server must present: an OpenSSH line (`ssh-ed25519 AAAA…`) or a fingerprint (`SHA256:…`).
   * @default - the key of the first connection is recorded in the state and must stay the same from then on
   */
  readonly hostKey?: string;
}

/** How to reach a VM and become root on it. */
export interface SshProps extends SshLoginProps {
  /**
   * Run commands through `sudo -n`.
   * @default - true unless the user is root
   */
  readonly sudo?: boolean;

  /**
   * Server to go through.
   * @default - direct connection
   */
  readonly jump?: SshLoginProps;

  /**
   * Seconds during which a VM that does not answer is tried again: it may still be booting.
   * @default 120
   */
  readonly timeoutSeconds?: number;
}
