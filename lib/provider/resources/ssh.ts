import type { LoginOptions, SshOptions } from "../../host";
import { checkPort } from "../../spec/validators";
import { bool, number, object, string, type Attributes, type Model } from "../framework";
import { secondsProblem } from "./checks";

const login = {
  host: string({ optional: true, description: "Address of the SSH server; default: the peer's address." }),
  port: number({ optional: true, validate: checkPort, description: "Port of the SSH server; default 22." }),
  user: string({ required: true, description: "User to log in as." }),
  private_key: string({ optional: true, sensitive: true, description: "Private key, OpenSSH or PEM." }),
  private_key_file: string({
    optional: true,
    description: "File with the private key on the machine that runs Terraform.",
  }),
  passphrase: string({ optional: true, sensitive: true, description: "Of an encrypted private key." }),
  agent: bool({
    optional: true,
    description: "Ask the SSH agent; default: when no other way is given and there is an agent.",
  }),
  password: string({ optional: true, sensitive: true }),
  host_key: string({
    optional: true,
    description:
      "Host key that must be presented: an OpenSSH line or a fingerprint (SHA256:…). Default: the key of the first connection is recorded and must stay the same.",
  }),
} satisfies Attributes;

const ssh = {
  ...login,
  sudo: bool({
    optional: true,
    description: "Run commands through sudo -n; default: unless the user is root.",
  }),
  timeout_seconds: number({
    optional: true,
    validate: secondsProblem,
    description: "Seconds during which a VM that does not answer is tried again; default 120.",
  }),
  jump: object(login, { optional: true, description: "Server to go through; its host must be given." }),
} satisfies Attributes;

export type SshModel = Model<typeof ssh>;

const unset = Object.fromEntries(Object.keys(ssh).map((name) => [name, null]));
/** Of a VM that the program does not know. */
export const NO_LOGIN = { ...unset, user: "" } as SshModel;

/** The `ssh` attribute of a peer. */
export const sshAttribute = object(ssh, { required: true, description: "How to log in to the VM." });

export interface ReachOptions {
  /** Where the SSH server is when `ssh.host` does not say. */
  address: string;
  /** Host key that was recorded earlier; `ssh.host_key` takes precedence. */
  recordedHostKey?: string | null;
  /** Seconds to go on trying; default: as `ssh.timeout_seconds` says. */
  timeoutSeconds?: number;
}

export function sshOptions(model: SshModel, o: ReachOptions): SshOptions {
  return {
    ...loginOptions(model, o.address),
    hostKey: model.host_key ?? o.recordedHostKey ?? undefined,
    sudo: model.sudo ?? undefined,
    timeoutSeconds: o.timeoutSeconds ?? model.timeout_seconds ?? undefined,
    jump: model.jump ? loginOptions(model.jump, "") : undefined,
  };
}

function loginOptions(model: Model<typeof login>, address: string): LoginOptions {
  return {
    host: model.host ?? address,
    port: model.port ?? undefined,
    user: model.user,
    privateKey: model.private_key ?? undefined,
    privateKeyFile: model.private_key_file ?? undefined,
    passphrase: model.passphrase ?? undefined,
    agent: model.agent ?? undefined,
    password: model.password ?? undefined,
    hostKey: model.host_key ?? undefined,
  };
}
