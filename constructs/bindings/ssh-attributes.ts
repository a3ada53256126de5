import type { SshLoginProps, SshProps } from "../ssh";
import type { Attributes } from "./attributes";

/** The `ssh` object of a milvus_peer, and of each peer of a milvus_cluster. */
export function sshAttributes(ssh: SshProps): Attributes {
  return {
    ...loginAttributes(ssh),
    sudo: ssh.sudo,
    timeout_seconds: ssh.timeoutSeconds,
    jump: ssh.jump && loginAttributes(ssh.jump),
  };
}

function loginAttributes(login: SshLoginProps): Attributes {
  return {
    host: login.host,
    port: login.port,
    user: login.user,
    private_key: login.privateKey,
    private_key_file: login.privateKeyFile,
    passphrase: login.passphrase,
    agent: login.agent,
    password: login.password,
    host_key: login.hostKey,
  };
}
