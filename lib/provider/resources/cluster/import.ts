import { compileSpec } from "../../../spec/compile";
import { inputOf } from "../../../spec/input";
import type { ImportId, ImportLogin } from "../../../spec/import-id";
import { sameSpec, withoutInstances } from "../../../spec/same";
import type { ClusterSpec } from "../../../spec/spec";
import { findFamily } from "../../../spec/version";
import type { Context } from "../../framework";
import { readId, refused, sshModel } from "../import/login";
import { lookAtVm, memberAt, type Look, type Member } from "../import/member";
import { idOfMember } from "../import/peer-id";
import type { PeerReference } from "../peer-reference";
import { remember } from "./changes";
import { contextOf } from "./context";
import { described } from "./described";
import { specAttributes } from "./follow";
import { clusterAttributes, type ClusterModel } from "./schema";
import { specInput } from "./spec-input";

/** A cluster that is formed already, as its peers tell of it. */
export async function importCluster(text: string, c: Context): Promise<Partial<ClusterModel>> {
  const id = readId("milvus_cluster", text);
  const member = await memberAt(id, c.signal);
  const { spec } = member.inForce;
  remember(c.private, member.inForce);
  const input = inputOf(known(spec));
  const peers = await referencesOf(member, id, c);
  // The constructs give an empty one where nothing is said of it.
  const said = specAttributes({ ...input, security: input.security ?? {} });
  const found = { ...NOTHING, ...said, peers, ...secretsOf(member) } as ClusterModel;
  refuseOther(found, spec);
  return { ...found, id: found.cluster_id, context: contextOf(found), ...described(spec) };
}

const NOTHING = Object.fromEntries(Object.keys(clusterAttributes).map((name) => [name, null]));

function known(spec: ClusterSpec): ClusterSpec {
  if (findFamily(spec.version)) return spec;
  throw refused(
    `Milvus ${spec.version} of cluster ${spec.name} is not known to this release`,
    "A newer release has brought it there. Import the cluster with that one.",
  );
}

/** An import that says something else than what is in force would have the next apply change the cluster. */
function refuseOther(said: ClusterModel, spec: ClusterSpec): void {
  const asked = compileSpec(specInput(said)).spec;
  if (asked && sameSpec({ ...asked, secrets: spec.secrets }, withoutInstances(spec))) return;
  throw refused(
    `Cluster ${spec.name} is set up in a way that no program could ask for`,
    "Another release has formed or changed it. Import it with that release, and go on with this one then.",
  );
}

function secretsOf({ cluster, stored, identity, caPem, token }: Member): Partial<ClusterModel> {
  const { external = {} } = cluster;
  return {
    ...{ cluster_id: identity.clusterId, ca_cert_pem: caPem, token },
    ...{ minio_root_user: cluster.minioRootUser, minio_root_password: cluster.minioRootPassword },
    milvus_root_password: cluster.milvusRootPassword,
    ...{ minio_user: cluster.minioUser, minio_password: cluster.minioPassword },
    ...{ pulsar_token_key: cluster.pulsarTokenKey, pulsar_token: cluster.pulsarToken },
    ...{ s3_access_key: external.s3AccessKey ?? null, s3_secret_key: external.s3SecretKey ?? null },
    external_pulsar_token: external.pulsarToken ?? null,
    ...{ kafka_user: external.kafkaUser ?? null, kafka_password: external.kafkaPassword ?? null },
    registry_auth: stored.registryAuth ?? null,
    alert_webhook_url: stored.alertWebhookUrl ?? null,
  };
}

/** Members with their logins: as the id names them, else as the first one's, each at its own address. */
async function referencesOf(first: Member, id: ImportId, c: Context): Promise<PeerReference[]> {
  const { peers, ...spec } = first.inForce.spec;
  const [asked, ...others] = id.peers;
  const named = await Promise.all(others.map((login) => lookAt(login, first, c)));
  const inputs = inputOf({ ...spec, peers }).peers;
  return Promise.all(
    peers.map(async (peer, i) => {
      const { name, address } = peer;
      const known = [first, ...named].find((look) => look?.identity.name === name);
      const login = { ...asked, host: address, hostKey: undefined };
      const look = known ?? (await lookAt(login, first, c));
      return {
        ...{ name, address, roles: inputs[i]?.roles ?? null },
        ssh: look?.ssh ?? sshModel(login, address),
        ...{ peer_id: idOfMember(first.identity.clusterId, peer), host_key: look?.hostKey ?? null },
      };
    }),
  );
}

/** One that is away is told of by the spec alone: its host key is recorded by the apply that finds it. */
async function lookAt(login: ImportLogin, first: Member, c: Context): Promise<Look | undefined> {
  try {
    const look = await lookAtVm(login, c.signal);
    refuseStranger(look, first);
    return look;
  } catch (error) {
    c.signal.throwIfAborted();
    const { HostError } = await import("../../../host/index.js");
    if (!(error instanceof HostError)) throw error;
    c.diagnostics.warning(
      `${login.host} could not be looked at`,
      `${error.message}. As a member it is imported with the login of ${first.identity.name}, at its own address; where it has another ` +
        "one, name it in the id, too.",
    );
    return undefined;
  }
}

function refuseStranger({ identity }: Look, { identity: own }: Member): void {
  if (identity.clusterId === own.clusterId) return;
  throw refused(
    `${identity.name} at ${identity.address} belongs to cluster ${identity.clusterId}`,
    `${own.name} is a peer of ${own.clusterId}. Name peers of one cluster.`,
  );
}
