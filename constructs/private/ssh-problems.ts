import { Token } from "cdktf";
import type { SshLoginProps, SshProps } from "../ssh";
import { fileProblems, portProblems, secondsProblems } from "./value-problems";

/** What is wrong with the way to log in to a VM, each with its attribute path. */
export function sshProblems(ssh: SshProps): string[] {
  return [
    ...loginProblems("ssh", ssh),
    ...secondsProblems("ssh.timeoutSeconds", ssh.timeoutSeconds),
    ...(ssh.jump ? jumpProblems(ssh.jump) : []),
  ];
}

function jumpProblems(jump: SshLoginProps): string[] {
  const host = jump.host ? [] : ["ssh.jump.host: a jump host needs an address"];
  return [...host, ...loginProblems("ssh.jump", jump)];
}

function loginProblems(path: string, login: SshLoginProps): string[] {
  return [
    ...(login.user === "" ? [`${path}.user: must not be empty`] : []),
    ...portProblems(`${path}.port`, login.port),
    ...fileProblems(`${path}.privateKeyFile`, login.privateKeyFile),
    ...(login.passphrase && !login.privateKey && !login.privateKeyFile
      ? [`${path}.passphrase: there is no privateKey or privateKeyFile that it could belong to`]
      : []),
    ...hostKeyProblems(`${path}.hostKey`, login.hostKey),
  ];
}

function hostKeyProblems(path: string, key: string | undefined): string[] {
  if (key === undefined || Token.isUnresolved(key)) return [];
  if (
    /^SHA256:[A-Za-z0-9+/]{43}=?$/.test(key) ||
    /(^|\s)(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]{16,}/.test(key)
  )
    return [];
  return [
    `${path}: ${JSON.stringify(key.slice(0, 40))} is neither an OpenSSH public key (ssh-ed25519 AAAA…) nor a fingerprint (SHA256:…)`,
  ];
}

/** Paths of secrets that are given as literals, which synthesis would write into cdk.tf.json. */
export function literalSecrets(ssh: SshProps): string[] {
  const logins = { ssh, "ssh.jump": ssh.jump };
  return Object.entries(logins).flatMap(([path, login]) =>
    (["privateKey", "passphrase", "password"] as const)
      .filter((name) => login?.[name] !== undefined && !Token.isUnresolved(login[name]))
      .map((name) => `${path}.${name}`),
  );
}
