import { withInstances } from "../../../lib/provider/resources/cluster/instances";
import type { ClusterModel } from "../../../lib/provider/resources/cluster/schema";
import { specInput } from "../../../lib/provider/resources/cluster/spec-input";
import { idOfMember } from "../../../lib/provider/resources/import/peer-id";
import { compileSpec } from "../../../lib/spec/compile";
import type { ClusterSpec, PeerSpec } from "../../../lib/spec/spec";
import { CONFIG } from "./cluster-config";

const { spec } = compileSpec(specInput(CONFIG as never)) as { spec: ClusterSpec };
const first = spec.peers[0] as PeerSpec;

/** A state that knows the first peer's milvus_peer by this id. */
const stateWith = (peer_id: string): ClusterModel =>
  ({ peers: CONFIG.peers.map((p, i) => (i === 0 ? { ...p, peer_id } : p)) }) as unknown as ClusterModel;
const others = (id: string): string[] => [id, "id", "id"];

/** Instance of the first peer that an apply asks for. */
function asked(inForce: PeerSpec, before: string, id: string): string | undefined {
  const there = { ...spec, peers: [inForce, ...spec.peers.slice(1)] };
  return withInstances(spec, there, stateWith(before), others(id)).peers[0]!.instance;
}

describe.each([{ ...first }, { ...first, instance: "5eed5eed" }])(
  "of a member that is there ($instance)",
  (there) => {
    const imported = idOfMember("c1", there);

    test("an imported milvus_peer is the VM that is in force", () => {
      expect(asked(there, imported, imported)).toBe(there.instance);
    });

    test("one that its cluster's state knows by the id that it was made with is the same VM", () => {
      expect(asked(there, "c1/peer-1/a1b2c3d4", imported)).toBe(there.instance);
    });

    test("one that is made anew since is another", () => {
      expect(asked(there, imported, "c1/peer-1/a1b2c3d4")).toBe("a1b2c3d4");
    });
  },
);
