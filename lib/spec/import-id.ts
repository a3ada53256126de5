import { readSshTarget, sshTargetText, type SshTarget } from "./ssh-target";
import { didYouMean } from "./suggest";

/** How to log in to a peer: what may be said of it without a secret. */
export interface ImportLogin extends SshTarget {
  readonly privateKeyFile?: string;
  readonly agent?: boolean;
  readonly hostKey?: string;
  readonly sudo?: boolean;
  readonly timeoutSeconds?: number;
  readonly jump?: Omit<ImportLogin, "jump" | "sudo" | "timeoutSeconds">;
}

/** What leads to a cluster that is there already. */
export interface ImportId {
  /** The peer that is asked, and others that are not reached as it is. */
  readonly peers: readonly [ImportLogin, ...ImportLogin[]];
  /** File with the bearer token, of which the peers know the hash alone. */
  readonly tokenFile: string;
  /** File with the private key of the cluster's authority, where no peer has it. */
  readonly caKeyFile?: string;
  /** `token_generation` of the program. */
  readonly tokenGeneration?: number;
}

/** What is wrong with an id; never quotes a value of it, which may be a secret given by mistake. */
export class ImportIdError extends Error {}

const FLAGS = ["agent", "sudo", "jump_agent"];
const NUMBERS = ["timeout_seconds", "token_generation"];
const OF_THE_CLUSTER = ["token_file", "ca_key_file", "token_generation"];
const KNOWN = [
  ...["private_key_file", "agent", "host_key", "sudo", "timeout_seconds"],
  ...["jump", "jump_private_key_file", "jump_agent", "jump_host_key"],
  ...OF_THE_CLUSTER,
];
/** Names of secrets that somebody may want to give. */
const SECRET = /^(jump_)?(private_key|passphrase|password)$|^(token|ca_key|ca_key_pem)$/;

/**
 * Reads `user@host[:port]?name=value&…`, several of them separated by commas. Values are percent-encoded where they hold `&`, `,` or `%`.
 * Throws ImportIdError.
 */
export function parseImportId(text: string): ImportId {
  const [first, ...others] = text.split(",").map(parsePart);
  const { token_file: tokenFile, ca_key_file: caKeyFile, token_generation: generation } = first!.given;
  for (const { target, given } of others) refuseClusters(target, given);
  if (tokenFile === undefined) {
    throw new ImportIdError(
      "token_file is missing: name a file with the token that init printed, or that milvus-onprem rotate-token --print has made on a peer",
    );
  }
  return {
    peers: [loginOf(first!), ...others.map(loginOf)],
    ...defined({ tokenFile, caKeyFile, tokenGeneration: numberOf(generation) }),
  } as ImportId;
}

/** The id that parseImportId reads as this. */
export function importIdText({ peers, ...cluster }: ImportId): string {
  return peers.map((peer, i) => partText(peer, i === 0 ? cluster : undefined)).join(",");
}

interface Part {
  readonly target: SshTarget;
  readonly given: Readonly<Record<string, string>>;
}

function parsePart(text: string): Part {
  const at = text.indexOf("?");
  const target = readSshTarget((at === -1 ? text : text.slice(0, at)).trim());
  if (!target) {
    throw new ImportIdError(
      "before the ? belongs a peer as SSH reaches it: user@host, user@host:port or user@[IPv6]:port",
    );
  }
  const pairs = at === -1 ? [] : text.slice(at + 1).split("&");
  return { target, given: Object.fromEntries(pairs.map(parsePair)) };
}

function parsePair(text: string): [string, string] {
  const [name = "", ...rest] = text.split("=");
  if (SECRET.test(name)) {
    throw new ImportIdError(
      `${name} must not be given here, where Terraform shows it and everyone who may list processes sees it: name a file (private_key_file, token_file, ca_key_file) or use the SSH agent`,
    );
  }
  if (!KNOWN.includes(name)) {
    throw new ImportIdError(`there is no "${name}"${didYouMean(name, KNOWN)}; known are ${KNOWN.join(", ")}`);
  }
  const value = decoded(name, rest.join("="));
  if (FLAGS.includes(name) && !["true", "false"].includes(value))
    throw new ImportIdError(`${name} must be true or false`);
  if (NUMBERS.includes(name) && !/^[1-9]\d{0,8}$/.test(value))
    throw new ImportIdError(`${name} must be a whole number from 1 up`);
  return [name, value];
}

function decoded(name: string, text: string): string {
  try {
    const value = decodeURIComponent(text);
    if (value !== "") return value;
  } catch {
    throw new ImportIdError(`${name} is not percent-encoded rightly: write %25 for %`);
  }
  throw new ImportIdError(`${name} is empty`);
}

function refuseClusters({ host }: SshTarget, given: Part["given"]): void {
  const stray = OF_THE_CLUSTER.find((name) => given[name] !== undefined);
  if (stray !== undefined) throw new ImportIdError(`${stray} belongs to the first peer, not to ${host}`);
}

function loginOf({ target, given }: Part): ImportLogin {
  const own = { privateKeyFile: given.private_key_file, agent: flagOf(given.agent), hostKey: given.host_key };
  const sudo = flagOf(given.sudo);
  return defined({
    ...target,
    ...own,
    sudo,
    timeoutSeconds: numberOf(given.timeout_seconds),
    jump: jumpOf(given),
  });
}

function jumpOf(given: Part["given"]): ImportLogin["jump"] {
  if (given.jump === undefined) {
    const stray = KNOWN.find((name) => name.startsWith("jump_") && given[name] !== undefined);
    if (stray !== undefined) throw new ImportIdError(`${stray} is given, and jump=user@host[:port] is not`);
    return undefined;
  }
  const target = readSshTarget(given.jump);
  if (!target) throw new ImportIdError("jump must be user@host or user@host:port");
  const { jump_private_key_file: privateKeyFile, jump_host_key: hostKey } = given;
  return defined({ ...target, privateKeyFile, agent: flagOf(given.jump_agent), hostKey });
}

const flagOf = (text: string | undefined): boolean | undefined =>
  text === undefined ? undefined : text === "true";
const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

function partText(login: ImportLogin, cluster: Omit<ImportId, "peers"> | undefined): string {
  const { jump } = login;
  const values = {
    ...{ private_key_file: login.privateKeyFile, agent: login.agent, host_key: login.hostKey },
    ...{ sudo: login.sudo, timeout_seconds: login.timeoutSeconds },
    ...{ jump: jump && sshTargetText(jump), jump_private_key_file: jump?.privateKeyFile },
    ...{ jump_agent: jump?.agent, jump_host_key: jump?.hostKey },
    ...{ token_file: cluster?.tokenFile, ca_key_file: cluster?.caKeyFile },
    token_generation: cluster?.tokenGeneration,
  };
  const pairs = Object.entries(defined(values)).map(([name, value]) => `${name}=${encoded(String(value))}`);
  return [sshTargetText(login), ...(pairs.length > 0 ? [pairs.join("&")] : [])].join("?");
}

/** What must be, and no more: paths stay as people write them. */
const encoded = (value: string): string => value.replace(/[%&,]/g, (c) => encodeURIComponent(c));

function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
