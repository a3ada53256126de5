import type { PoolInput, StorageInput } from "../../lib/spec/spec";
import type { MinioHostPoolsProps } from "../minio-host-pools";
import type { Members, PoolConstruct } from "./members";
import { isTagged, MINIO_HOST_POOLS } from "./tag";

/** A pool of the specification, and the construct that it comes from. */
export interface PlacedPool {
  readonly construct: PoolConstruct;
  readonly input: PoolInput;
}

/**
 * Pools in order: a MinioHostPools is one for each of its peers. Peers of another cluster, which are told of by themselves, are left
 * out.
 */
export function poolInputs({ peers: own, pools }: Pick<Members, "peers" | "pools">): PlacedPool[] {
  return pools.flatMap((construct) => {
    const { drivesPerPeer, mountPoints, driveGib } = construct.settings;
    const { acceptSingleHost } = construct.settings as Omit<MinioHostPoolsProps, "peers">;
    const names = construct.peers.filter((p) => own.includes(p)).map((p) => p.peerName);
    const groups = isTagged(construct, MINIO_HOST_POOLS) ? names.map((name) => [name]) : [names];
    const drives = {
      drivesPerPeer,
      mountPoints: mountPoints && [...mountPoints],
      driveGib,
      acceptSingleHost,
    };
    return groups.map((peers) => ({ construct, input: { peers, ...drives } }));
  });
}

/** Storage as the constructs say it, tokens included; undefined where there is none. */
export function storageInput(members: Pick<Members, "peers" | "pools" | "stores">): StorageInput | undefined {
  const [store] = members.stores;
  if (store) {
    const { bucket, endpoint, rootPath, region, pathStyle, auth, provider, caPem } = store.props;
    return { bucket, s3: { endpoint, rootPath, region, pathStyle, auth, provider, caPem } };
  }
  const [first] = members.pools;
  if (!first) return undefined;
  const { parity, bucket } = first.settings;
  return { pools: poolInputs(members).map(({ input }) => input), parity, bucket };
}
