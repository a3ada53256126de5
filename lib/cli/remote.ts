import { Host, quote, type SshOptions } from "../host";
import { UsageError } from "./exit";
import { parseSshTarget } from "./ssh-target";

export interface RemoteOptions {
  readonly ssh?: readonly string[];
  readonly identityFile?: string;
  readonly hostKey?: readonly string[];
}

/** Seconds for one target: the next one may be up. */
const CONNECT_SECONDS = 10;
/** Commands have deadlines of their own; a log may be followed for a day. */
const COMMAND_MS = 86_400_000;
/** The shell, or docker, could not run the command at all: no daemon on that host, or it is down. */
const CANNOT_RUN = new Set([125, 126, 127]);

/**
 * Runs the same command on the first peer that answers, and passes on what it prints and how it ends.
 * Returns its exit code.
 */
export async function runRemotely(args: readonly string[], o: RemoteOptions): Promise<number> {
  const targets = sshTargets(o);
  const problems: string[] = [];
  for (const target of targets) {
    const code = await runOn(target, args).catch((error: unknown) => {
      problems.push((error as Error).message);
      return undefined;
    });
    if (code !== undefined) return code;
  }
  throw new Error(`no peer could be asked:\n  ${problems.join("\n  ")}`);
}

/** One SSH connection for each --ssh, with the --host-key of the same position. */
export function sshTargets({ ssh = [], identityFile, hostKey = [] }: RemoteOptions): SshOptions[] {
  if (hostKey.length > 0 && hostKey.length !== ssh.length) {
    throw new UsageError(
      `--host-key is given ${hostKey.length} times for ${ssh.length} --ssh: give one for each, in order`,
    );
  }
  return ssh.map((text, i) => ({
    ...parseSshTarget(text),
    privateKeyFile: identityFile,
    hostKey: hostKey[i],
    timeoutSeconds: CONNECT_SECONDS,
  }));
}

async function runOn(target: SshOptions, args: readonly string[]): Promise<number> {
  const host = await Host.connect(target);
  try {
    if (target.hostKey === undefined) {
      process.stderr.write(
        `warning: ${host.target} is trusted unseen; pin it with --host-key '${host.hostKey}'\n`,
      );
    }
    const command = ["milvus-onprem", ...args].map(quote).join(" ");
    const { code, stderr } = await host.run(command, {
      deadlineMs: COMMAND_MS,
      what: args.join(" "),
      onOutput: (chunk, from) => process[from].write(chunk),
    });
    if (CANNOT_RUN.has(code)) throw new Error(`${host.target}: ${stderr.trim() || `exit code ${code}`}`);
    return code;
  } finally {
    host.close();
  }
}

export function isRemote(o: RemoteOptions): boolean {
  if ((o.ssh?.length ?? 0) > 0) return true;
  if (o.identityFile !== undefined || o.hostKey !== undefined) {
    throw new UsageError("--identity-file and --host-key belong to --ssh");
  }
  return false;
}
