import { DaemonClient } from "../../api/client";
import { connectTcp } from "../../daemon/peers";
import { LocalHost, registryOf, WRAPPER_CWD, WRAPPER_IMAGE, type Machine, type PeerPapers } from "../../host";
import type { PeerIdentity } from "../../spec/identity";
import {
  CA_CERT,
  HOST_CLI,
  IDENTITY_FILE,
  MILVUS_CERT,
  MILVUS_KEY,
  PEER_CERT,
  PEER_KEY,
} from "../../spec/paths";
import { UsageError } from "../exit";

/** The VM on which the user has typed the command. */
export interface ThisVm {
  readonly machine: LocalHost;
  /** Image that this program runs from, and the daemon is to. */
  readonly image: string;
}

/** Throws where this program does not run through the command that `wrapper` makes: it would not reach the VM. */
export function thisVm(): ThisVm {
  const image = process.env[WRAPPER_IMAGE];
  if (image === undefined) {
    throw new UsageError(
      `this command works on a VM only, through ${HOST_CLI}; put it there first: docker run --rm IMAGE wrapper IMAGE`,
    );
  }
  return { machine: new LocalHost({ cwd: process.env[WRAPPER_CWD] }), image };
}

/** Registries that hold our images, as far as the VM's own image tells. */
export function registriesOf({ image }: ThisVm): string[] {
  return [registryOf(image)].filter((registry) => registry !== "");
}

/** Names and files by which the VM is a peer; undefined where it is none. Throws when they are damaged. */
export async function readPapers(machine: Machine): Promise<PeerPapers | undefined> {
  const files = [IDENTITY_FILE, CA_CERT, PEER_CERT, PEER_KEY, MILVUS_CERT, MILVUS_KEY];
  const script = `[ -e ${IDENTITY_FILE} ] || exit 0\nfor f in ${files.join(" ")}; do [ ! -e "$f" ] || base64 "$f" | tr -d '\\n'; echo; done`;
  const { stdout } = await machine.check(script, { what: "read who this VM is", secret: true });
  if (stdout === "") return undefined;
  const [identity = "", caPem = "", certPem = "", keyPem = "", ...milvus] = stdout.split("\n").map(decoded);
  const papers = { identity: JSON.parse(identity) as PeerIdentity, caPem, certPem, keyPem };
  const [milvusCertPem = "", milvusKeyPem = ""] = milvus;
  if (milvusCertPem === "" || milvusKeyPem === "") return papers;
  return { ...papers, milvus: { certPem: milvusCertPem, keyPem: milvusKeyPem } };
}

/** Client of the daemon on this VM, which the peer's own certificate opens. */
export function ownDaemon({ identity, caPem, certPem, keyPem }: PeerPapers): DaemonClient {
  return new DaemonClient({
    ...{ caPem, cert: certPem, key: keyPem, servername: identity.name },
    connect: () => connectTcp("127.0.0.1", identity.daemonPort),
  });
}

const decoded = (line: string): string => Buffer.from(line, "base64").toString("utf8");
