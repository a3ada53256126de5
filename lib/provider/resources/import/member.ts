import { DaemonError } from "../../../api/client";
import type { SpecReply } from "../../../api/wire";
import type { StoredSecrets } from "../../../daemon/secrets";
import type { FoundPeer } from "../../../host";
import type { ImportId, ImportLogin } from "../../../spec/import-id";
import { secretsId, type ClusterSecrets } from "../../../spec/secrets";
import type { PeerSpec } from "../../../spec/spec";
import { PeerSession } from "../peer-session";
import { sshOptions, type SshModel } from "../ssh";
import { localFile } from "./local-file";
import { refused, sshModel } from "./login";

/** An import is part of a plan, which does not wait for VMs that are away. */
const LOOK_SECONDS = 10;

/** What a VM says of itself. */
export interface Look extends FoundPeer {
  readonly ssh: SshModel;
  /** OpenSSH line of the host key that it presented. */
  readonly hostKey: string;
}

/** A member of a formed cluster, as its VM and its daemon tell of it. */
export interface Member extends Look {
  readonly token: string;
  readonly inForce: SpecReply;
  readonly self: PeerSpec;
  /** Those of its cluster that are in force. */
  readonly cluster: ClusterSecrets;
  readonly stored: StoredSecrets;
}

/** Logs in and looks; nothing is changed. Throws HostError, or DiagnosticsError where the VM is no peer. */
export async function lookAtVm(login: ImportLogin, signal: AbortSignal): Promise<Look> {
  const { findPeer, Host } = await import("../../../host/index.js");
  const timeoutSeconds = login.timeoutSeconds ?? LOOK_SECONDS;
  const reach = { address: login.host, timeoutSeconds };
  const host = await Host.connect(sshOptions(sshModel(login, login.host), reach), signal);
  try {
    const found = await findPeer(host);
    if (!found) {
      throw refused(
        `${host.target} is no peer of a cluster`,
        "There is no identity in /etc/milvus-onprem. Name a VM that milvus-onprem init or join, or Terraform, has made one.",
      );
    }
    return { ...found, ssh: sshModel(login, found.identity.address), hostKey: host.hostKey };
  } finally {
    host.close();
  }
}

/** The first peer of an id, and what its daemon says is in force. Throws HostError or DiagnosticsError. */
export async function memberAt(
  { peers: [login], tokenFile }: ImportId,
  signal: AbortSignal,
): Promise<Member> {
  const token = await localFile("token_file", tokenFile);
  const look = await lookAtVm(login, signal);
  const { name, clusterId } = look.identity;
  if (look.secrets === undefined) {
    throw refused(
      `${name} of ${clusterId} is no member of a formed cluster`,
      "Import it once the cluster is formed; until then milvus-onprem status on it says what is waited for.",
    );
  }
  const stored = JSON.parse(look.secrets) as StoredSecrets;
  const inForce = await specOf(look, { token, tokenFile, signal });
  const self = inForce.spec.peers.find((peer) => peer.name === name);
  if (!self) {
    throw refused(
      `${name} is no member of ${clusterId}`,
      "The cluster goes on without it. Import another peer.",
    );
  }
  return { ...look, token, inForce, self, stored, cluster: secretsInForce(stored, inForce, name) };
}

async function specOf(
  { identity: { name, address, daemonPort }, caPem, ssh, hostKey }: Look,
  o: { token: string; tokenFile: string; signal: AbortSignal },
): Promise<SpecReply> {
  const reach = { address, recordedHostKey: hostKey, timeoutSeconds: LOOK_SECONDS };
  const session = new PeerSession({ name, ssh: sshOptions(ssh, reach), daemonPort, caPem, ...o });
  try {
    return await session.daemon.spec();
  } catch (error) {
    o.signal.throwIfAborted();
    throw refusedBy(name, o.tokenFile, error as Error);
  } finally {
    session.close();
  }
}

function refusedBy(name: string, tokenFile: string, error: Error): Error {
  if (error instanceof DaemonError && error.status === 401) {
    return refused(
      `${name} refuses the token of ${tokenFile}`,
      "It is another cluster's, or was rotated since. milvus-onprem rotate-token --print on a peer makes and shows a new one.",
    );
  }
  return refused(
    `The daemon of ${name} does not say what is in force`,
    `${error.message}. It must run to be imported: see docker logs milvus-onprem on that VM.`,
  );
}

/** A change that has not ended may have others beside them. */
function secretsInForce(stored: StoredSecrets, { spec }: SpecReply, name: string): ClusterSecrets {
  const { of = "1", cluster, next } = stored;
  const found = [{ of, cluster }, ...(next ? [next] : [])].find((set) => set.of === secretsId(spec));
  if (found) return found.cluster;
  throw refused(
    `${name} does not have the secrets that are in force`,
    `Its secrets.json has generation ${of}, and ${secretsId(spec)} is in force. Import another peer, or wait until this one has caught up.`,
  );
}
