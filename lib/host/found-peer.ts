import type { PeerIdentity } from "../spec/identity";
import { CA_CERT, DAEMON_CONTAINER, IDENTITY_FILE, MAY_REBOOT, PEER_KEY, SECRETS_FILE } from "../spec/paths";
import type { Machine } from "./machine";

/** What a VM says of the peer that it is. */
export interface FoundPeer {
  readonly identity: PeerIdentity;
  readonly caPem: string;
  /** Content of the daemon's secrets.json; undefined before the cluster is formed. */
  readonly secrets: string | undefined;
  /** Reference of the image that the daemon was made from; undefined where there is no daemon. */
  readonly daemonImage: string | undefined;
  readonly mayReboot: boolean;
  /** SHA-256 (hex) of the peer's private key. */
  readonly keySha256: string;
}

/** Reads all of it in one round trip; undefined where the VM is no peer. The output is secret. Throws HostError. */
export async function findPeer(host: Machine): Promise<FoundPeer | undefined> {
  const { stdout } = await host.check(SCRIPT, { what: "look whose peer this is", secret: true });
  const [identity, caPem, secrets, daemonImage, mayReboot, keySha256 = ""] = stdout.split("\n").map(decoded);
  if (!identity || !caPem) return undefined;
  return {
    identity: JSON.parse(identity) as PeerIdentity,
    ...{ caPem, secrets, daemonImage, keySha256 },
    mayReboot: mayReboot === "yes",
  };
}

const decoded = (line: string): string | undefined =>
  line === "" ? undefined : Buffer.from(line, "base64").toString("utf8");

/** A line for each answer, in base64; an empty one for what is not there. */
const SCRIPT = `
line() { base64 | tr -d '\\n'; echo; }
show() { if [ -s "$1" ]; then line < "$1"; else echo; fi; }
show ${IDENTITY_FILE}
show ${CA_CERT}
show ${SECRETS_FILE}
image=$(docker inspect --type container --format '{{.Config.Image}}' ${DAEMON_CONTAINER} 2>/dev/null)
printf %s "$image" | line
if [ -e ${MAY_REBOOT} ]; then printf yes | line; else echo; fi
if [ -s ${PEER_KEY} ]; then sha256sum < ${PEER_KEY} | cut -c 1-64 | tr -d '\\n' | line; else echo; fi
`;
