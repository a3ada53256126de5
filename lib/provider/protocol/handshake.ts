import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** go-plugin's own protocol, and Terraform's plugin protocol: the first two fields of the handshake line. */
const CORE_PROTOCOL = 1;
const PLUGIN_PROTOCOL = 6;

/** Terraform sets this pair so that a plugin can tell that it was started by Terraform (its published constants). */
const COOKIE = {
  name: "TF_PLUGIN_MAGIC_COOKIE",
  value: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
};

/** What the program that started us asks for, in the environment. */
export interface Invitation {
  /** PEM certificate that the client will present: AutoMTLS. Absent: no TLS. */
  readonly clientCert?: string;
  /** Directory for our socket. */
  readonly socketDir: string;
}

/** This program cannot serve whoever started it; the message is for that person. */
export class NotInvitedError extends Error {}

/** Throws NotInvitedError when this is no Terraform, or one that is too old. */
export function invitation(env: NodeJS.ProcessEnv): Invitation {
  if (env[COOKIE.name] !== COOKIE.value) {
    throw new NotInvitedError(
      "This program is a Terraform provider: terraform starts it when a configuration needs it, and it does nothing by itself. " +
        "To use it, run terraform (or cdktf deploy) in a directory whose configuration requires it.",
    );
  }
  const offered = env.PLUGIN_PROTOCOL_VERSIONS;
  if (offered && !offered.split(",").includes(String(PLUGIN_PROTOCOL))) {
    throw new NotInvitedError(
      `This provider speaks plugin protocol ${PLUGIN_PROTOCOL}; this Terraform offers ${offered}. Install Terraform 1.5 or newer.`,
    );
  }
  return {
    clientCert: env.PLUGIN_CLIENT_CERT || undefined,
    socketDir: env.PLUGIN_UNIX_SOCKET_DIR || tmpdir(),
  };
}

/** A path for a socket in a directory of its own (0700), removed when the process exits. */
export function socketPath(parent: string): string {
  const directory = mkdtempSync(join(parent, "plugin"));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "s");
}

/** The one line on stdout that tells the client where and how to connect. */
export function handshakeLine(socket: string, certDer?: Buffer): string {
  const cert = certDer ? certDer.toString("base64").replace(/=+$/, "") : "";
  return [CORE_PROTOCOL, PLUGIN_PROTOCOL, "unix", socket, "grpc", cert].join("|");
}
