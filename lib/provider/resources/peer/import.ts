import { dataDirsOf, mountPointsOf } from "../../../spec/disks";
import type { Context } from "../../framework";
import { caKeyOf } from "../import/ca-key";
import { readId, refused } from "../import/login";
import { memberAt } from "../import/member";
import { idOfMember } from "../import/peer-id";
import type { PeerModel } from "./schema";

/** A VM that is a member already. What it is looked at for when it is made ready is past: these lists are empty. */
export async function importPeer(text: string, c: Context): Promise<Partial<PeerModel>> {
  const id = readId("milvus_peer", text);
  if (id.peers.length > 1)
    throw refused("The import id of a milvus_peer names several peers", "Name the one that it is about.");
  const found = await memberAt(id, c.signal);
  const { identity, self, inForce, stored } = found;
  c.private = { member: true, due: false, key: found.keySha256 };
  return {
    ...{ name: identity.name, address: identity.address, ssh: found.ssh },
    ...{ cluster_id: identity.clusterId, ca_cert_pem: found.caPem, ca_key_pem: await caKeyOf(found, id) },
    token: found.token,
    daemon_image: found.daemonImage ?? inForce.spec.images.daemon,
    ...{ daemon_port: identity.daemonPort, data_root: identity.dataRoot },
    mount_points: listed(mountPointsOf(inForce.spec, self.name)),
    data_dirs: listed(dataDirsOf(inForce.spec, self.name)),
    allow_reboot: found.mayReboot,
    registry_auth: stored.registryAuth ?? null,
    ...{ required_ports: [], reachability: [] },
    id: idOfMember(identity.clusterId, self),
    recorded_host_key: found.hostKey,
  };
}

const listed = (values: readonly string[]): readonly string[] | null => (values.length > 0 ? values : null);
