import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { AnyAuthMethod, ParsedKey } from "ssh2";
import { HostError, messageOf } from "./errors";
import { loginName, type LoginOptions } from "./options";

/** One way to log in, and how an error names it. */
export interface Credential {
  readonly label: string;
  readonly method: AnyAuthMethod;
}

/**
 * Every way to log in that the options give, in the order in which they are tried.
 * Throws a HostError when one cannot be used at all, so that a bad key fails before any connection.
 */
export async function credentialsOf(o: LoginOptions): Promise<Credential[]> {
  const found = [...(await keyCredential(o)), ...agentCredential(o), ...passwordCredentials(o)];
  if (found.length > 0) return found;
  throw new HostError("options", loginName(o), {
    what: "cannot log in",
    why: "no way to log in is given",
    fix: "Give privateKey, privateKeyFile, agent or password",
  });
}

async function keyCredential(o: LoginOptions): Promise<Credential[]> {
  const content = o.privateKey ?? (o.privateKeyFile && (await readKeyFile(o, o.privateKeyFile)));
  if (!content) return [];
  const origin = o.privateKey === undefined ? `${o.privateKeyFile}` : "given as text";
  const key = await parseKey(o, content, origin);
  return [{ label: `key ${key.type} ${origin}`, method: { type: "publickey", username: o.user, key } }];
}

async function readKeyFile(o: LoginOptions, file: string): Promise<string> {
  const path = file.startsWith("~/") ? join(homedir(), file.slice(2)) : file;
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new HostError(
      "options",
      loginName(o),
      {
        what: "cannot read the private key",
        why: messageOf(error),
        fix: "Point privateKeyFile at a readable private key on the machine that runs this",
      },
      { cause: error },
    );
  }
}

async function parseKey(o: LoginOptions, content: string, origin: string): Promise<ParsedKey> {
  const { utils } = (await import("ssh2")).default;
  const parsed = utils.parseKey(content, o.passphrase);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key !== undefined && !(key instanceof Error) && key.isPrivateKey()) return key;
  const reason = key instanceof Error ? key.message : "it is a public key";
  const encrypted = /passphrase|decrypt|integrity|bad decrypt/i.test(reason);
  throw new HostError("options", loginName(o), {
    what: "cannot use the private key",
    why: `${origin}: ${encrypted && o.passphrase ? "the passphrase does not open it" : reason}`,
    fix: encrypted ? "Give the key's passphrase" : "Give a private key in OpenSSH or PEM form",
  });
}

function agentCredential(o: LoginOptions): Credential[] {
  const socket = process.env.SSH_AUTH_SOCK;
  const other = o.privateKey ?? o.privateKeyFile ?? o.password;
  if (!(o.agent ?? (other === undefined && Boolean(socket)))) return [];
  if (socket) return [{ label: "SSH agent", method: { type: "agent", username: o.user, agent: socket } }];
  throw new HostError("options", loginName(o), {
    what: "cannot ask the SSH agent",
    why: "$SSH_AUTH_SOCK is not set",
    fix: "Start an agent (eval $(ssh-agent); ssh-add), or give a private key",
  });
}

/** Many servers ask for a password only through keyboard-interactive, so both are offered. */
function passwordCredentials(o: LoginOptions): Credential[] {
  const { password, user: username } = o;
  if (!password) return [];
  return [
    { label: "password", method: { type: "password", username, password } },
    {
      label: "keyboard-interactive",
      method: {
        type: "keyboard-interactive",
        username,
        prompt: (_name, _instructions, _lang, prompts, finish) => finish(prompts.map(() => password)),
      },
    },
  ];
}
