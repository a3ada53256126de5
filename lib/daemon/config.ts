import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { PeerIdentity } from "../spec/identity";
import { CONFIG_DIR, RUN_DIR } from "../spec/paths";
import type { PeerTls } from "./peers";

export interface DaemonConfig {
  readonly identity: PeerIdentity;
  readonly tls: PeerTls;
  /** Where identity, certificates, secrets and rendered files are. */
  readonly configDir: string;
  /** A directory that each boot of the VM empties. */
  readonly runDir: string;
}

const identity = z.object({
  clusterId: z.string().min(1),
  name: z.string().min(1),
  address: z.string().min(1),
  daemonPort: z.number().int().min(1).max(65535),
  dataRoot: z.string().regex(/^\/[^/]/, "must be an absolute path below /"),
  tokenSha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hex digits"),
  joinedThrough: z.string().optional(),
});

/** Reads what was written when the peer was prepared. Throws with the file's path when something is missing or wrong. */
export async function readConfig(configDir: string = CONFIG_DIR): Promise<DaemonConfig> {
  const path = join(configDir, "identity.json");
  const found = identity.safeParse(parse(path, await read(path)));
  if (!found.success) {
    const wrong = found.error.issues.map((i) => `${i.path.join(".")}: ${i.message}`).join("; ");
    throw new Error(`${path}: ${wrong}; prepare the peer again`);
  }
  const [ca, cert, key] = await Promise.all(
    ["ca.crt", "peer.crt", "peer.key"].map((name) => read(join(configDir, "tls", name))),
  );
  return { identity: found.data, tls: { ca: ca!, cert: cert!, key: key! }, configDir, runDir: RUN_DIR };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`cannot read ${path} (${code}): is this a prepared peer, and are you root?`, {
      cause: error,
    });
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path} is not JSON; prepare the peer again`);
  }
}
