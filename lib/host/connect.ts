import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { abortedError, attempt, type Session } from "./attempt";
import { credentialsOf } from "./credentials";
import { HostError, messageOf } from "./errors";
import { parsePin, type HostKeyPin } from "./host-key";
import {
  DEFAULT_SSH_PORT,
  DEFAULT_TIMEOUT_SECONDS,
  loginName,
  targetName,
  type LoginOptions,
  type SshOptions,
} from "./options";

/** A session with the VM, and with the jump host that carries it. */
export interface Connection extends Session {
  readonly jump?: Session;
}

/** A single try gets no more than this, so that a packet lost in a booting network is not waited for until the end. */
const ATTEMPT_MS = 20_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Logs in, through the jump host where there is one, trying again until the deadline while nothing answers properly.
 * Throws a HostError; "authentication" and "host-key" come at once, "unreachable" at the deadline.
 */
export async function openConnection(o: SshOptions, signal?: AbortSignal): Promise<Connection> {
  const deadline = performance.now() + (o.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
  if (o.jump === undefined) return await login(o, targetName(o), deadline, undefined, signal);
  await credentialsOf(o); // a bad key for the VM is told before the jump host is asked
  const jump = await login(o.jump, `${loginName(o.jump)} (jump host)`, deadline, undefined, signal);
  try {
    return { ...(await login(o, targetName(o), deadline, jump, signal)), jump };
  } catch (error) {
    jump.client.destroy();
    throw error;
  }
}

async function login(
  o: LoginOptions,
  target: string,
  deadline: number,
  jump: Session | undefined,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const credentials = await credentialsOf(o);
  const pin = pinOf(o, target);
  const started = performance.now();
  for (let pause = FIRST_PAUSE_MS, tries = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS), tries++) {
    try {
      const timeoutMs = Math.max(1, Math.min(ATTEMPT_MS, deadline - performance.now()));
      const sock = jump && (await tunnel(jump, o, target));
      return await attempt({ login: o, target, credentials, pin, timeoutMs, signal, sock });
    } catch (error) {
      if (error instanceof HostError) throw error;
      if (performance.now() + pause >= deadline) throw unreachable(target, tries, started, error);
    }
    await sleep(pause, undefined, { signal }).catch((cause: unknown) => {
      throw abortedError(target, cause);
    });
  }
}

function pinOf(o: LoginOptions, target: string): HostKeyPin | undefined {
  if (o.hostKey === undefined) return undefined;
  try {
    return parsePin(o.hostKey);
  } catch (error) {
    throw new HostError("options", target, {
      what: "cannot use the pinned host key",
      why: messageOf(error),
      fix: "Pin a line of `ssh-keyscan` or of /etc/ssh/ssh_host_ed25519_key.pub",
    });
  }
}

function tunnel(jump: Session, to: LoginOptions, target: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const opened = (error: (Error & { reason?: unknown }) | undefined, channel: Duplex): void => {
      if (error === undefined) return resolve(channel);
      reject(isProhibited(error) ? forwardingRefused(target, error) : error);
    };
    jump.client.forwardOut("127.0.0.1", 0, to.host, to.port ?? DEFAULT_SSH_PORT, opened);
  });
}

/** SSH_OPEN_ADMINISTRATIVELY_PROHIBITED of RFC 4254, section 5.1. */
export function isProhibited(error: { reason?: unknown }): boolean {
  return error.reason === 1;
}

function forwardingRefused(target: string, cause: Error): HostError {
  return new HostError(
    "unreachable",
    target,
    {
      what: "cannot go through the jump host",
      why: `it refuses to forward connections (${cause.message})`,
      fix: "Set AllowTcpForwarding yes (or local) in the jump host's sshd_config",
    },
    { cause },
  );
}

function unreachable(target: string, tries: number, started: number, cause: unknown): HostError {
  const seconds = Math.round((performance.now() - started) / 1000);
  return new HostError(
    "unreachable",
    target,
    {
      what: "cannot be reached",
      why: `no SSH login within ${seconds} s (${tries} tries), last: ${messageOf(cause) || "no answer"}`,
      fix: "Check the address and port, that the VM is up, and that a firewall lets this machine in; raise timeout_seconds for a VM that boots slowly",
    },
    { cause },
  );
}
