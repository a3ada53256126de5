import { erasureLayout, type ErasureLayout } from "../erasure";
import { minioOf, poolShape } from "../pool";
import {
  S3_AUTHS,
  S3_PROVIDERS,
  type ClusterSpec,
  type ClusterSpecInput,
  type MinioStorage,
  type PoolSpec,
  type Problem,
  type S3Storage,
} from "../spec";
import { parseEndpoint } from "../storage";
import { firstParity } from "../storage-facts";
import { didYouMean } from "../suggest";
import { checkAddress, checkBucket, checkCertificate, checkPort } from "../validators";
import { checkOneOf, checkWhole, error, errorIf, warning } from "./problem";

/** Drives that MinIO's set size allows on one host: more than any host has. */
const MAX_DRIVES = 64;
/** 16 drives are the largest set. */
const MAX_PARITY = 8;
/** 16 TiB, above which no drive is likely to be meant. */
const MAX_DRIVE_GIB = 1 << 16;

export function checkStorage(input: ClusterSpecInput, spec: ClusterSpec): Problem[] {
  const { s3, pools } = input.storage;
  const bucket = errorIf("storage.bucket", checkBucket(spec.storage.bucket));
  if ((s3 === undefined) === (pools === undefined || pools.length === 0)) {
    const message =
      s3 === undefined
        ? "the cluster has no object storage; give it a pool of MinIO or an S3 endpoint"
        : "the cluster has both pools of MinIO and an S3 endpoint; choose one";
    return [error("storage", message), ...bucket];
  }
  const { storage } = spec;
  return [
    ...(storage.kind === "s3" ? checkS3(s3!.endpoint, storage, input) : checkMinio(spec, storage)),
    ...bucket,
  ];
}

function checkMinio(spec: ClusterSpec, storage: MinioStorage): Problem[] {
  const shape = [
    ...storage.pools.flatMap((pool, i) => checkPool(spec, pool, i)),
    ...(storage.parity === undefined ? [] : checkWhole("storage.parity", storage.parity, 0, MAX_PARITY)),
  ];
  if (shape.length > 0) return shape;
  const layouts = storage.pools.flatMap((pool, i) => checkLayout(spec, storage, pool, i));
  return layouts.length > 0 ? layouts : checkTolerance(spec, storage);
}

function checkPool(spec: ClusterSpec, pool: PoolSpec, i: number): Problem[] {
  const path = `storage.pools[${i}]`;
  const empty =
    pool.peers.length === 0 ? [error(`${path}.peers`, "a pool needs peers; name one or more")] : [];
  return [
    ...empty,
    ...pool.peers.flatMap((name, at) => checkMember(spec, name, i, at)),
    ...drives(`${path}.drivesPerPeer`, pool),
    ...(pool.driveGib === undefined ? [] : checkWhole(`${path}.driveGib`, pool.driveGib, 1, MAX_DRIVE_GIB)),
  ];
}

function checkMember(spec: ClusterSpec, name: string, i: number, at: number): Problem[] {
  const path = `storage.pools[${i}].peers[${at}]`;
  const names = spec.peers.map((p) => p.name);
  if (!names.includes(name))
    return [error(path, `"${name}" is not a peer of this cluster${didYouMean(name, names)}`)];
  const pools = minioOf(spec)!.pools;
  const first = pools.findIndex(({ peers }) => peers.includes(name));
  if (first === i && pools[i]!.peers.indexOf(name) === at) return [];
  return [
    error(
      path,
      `"${name}" is in ${first === i ? "this pool" : `pool ${first + 1}`} already; name each peer once`,
    ),
  ];
}

function drives(path: string, { mountPoints, drivesPerPeer }: PoolSpec): Problem[] {
  if (mountPoints.length === 0 && drivesPerPeer === 0)
    return [
      error(path, "a pool needs drives; say how many each peer has, or where they are mounted (mountPoints)"),
    ];
  if (mountPoints.length === 0 || mountPoints.length === drivesPerPeer)
    return checkWhole(path, drivesPerPeer, 1, MAX_DRIVES);
  return [
    error(
      path,
      `${drivesPerPeer} drives do not fit ${mountPoints.length} mount points; leave drivesPerPeer out`,
    ),
  ];
}

/** What MinIO would refuse, or silently do otherwise. */
function checkLayout(spec: ClusterSpec, storage: MinioStorage, pool: PoolSpec, i: number): Problem[] {
  const path = `storage.pools[${i}]`;
  const several = storage.pools.length > 1;
  if (several && pool.peers.length * pool.drivesPerPeer === 1) {
    return [
      error(`${path}.drivesPerPeer`, "a pool beside others needs at least 2 drives; give this one more"),
    ];
  }
  const layout = erasureLayout(poolShape(spec, pool, several ? firstParity(spec, storage) : storage.parity));
  if (typeof layout !== "string") return [];
  if (!layout.startsWith("parity")) return [error(`${path}.drivesPerPeer`, layout)];
  return storage.parity === undefined
    ? [
        error(
          `${path}.drivesPerPeer`,
          `${layout}: parity is that of the first pool; give this pool more drives, or set storage.parity`,
        ),
      ]
    : [error("storage.parity", layout)];
}

/** A warning for each pool whose loss of one peer is felt. */
function checkTolerance(spec: ClusterSpec, storage: MinioStorage): Problem[] {
  if (spec.peers.length === 1) return [];
  return storage.pools.flatMap((pool, i) => {
    const layout = erasureLayout(poolShape(spec, pool, firstParity(spec, storage))) as ErasureLayout;
    if (layout.hostsLostForWrites > 0) return [];
    return [warning(`storage.pools[${i}]`, felt(pool, layout))];
  });
}

function felt(pool: PoolSpec, layout: ErasureLayout): string {
  const { length } = pool.peers;
  if (length === 1) {
    return `reads and writes of the whole cluster stop when "${pool.peers[0]}" is lost, for it is a pool by itself; a wide pool of 3 peers or more survives that`;
  }
  const what = layout.hostsLostForReads > 0 ? "reads go on but writes stop" : "reads and writes stop";
  const better = length < 3 ? "use 3 peers or more" : betterParity(length, layout);
  return `${what} when any one of the pool's ${length} peers is lost; ${better}`;
}

/** Smallest parity with which the same drives survive the loss of a host. */
function betterParity(peers: number, { setSize }: ErasureLayout): string {
  const perHost = Math.ceil(setSize / peers);
  const most = Math.floor((setSize - 1) / 2);
  return perHost <= most ? `set storage.parity to ${perHost}` : "use more peers";
}

function checkS3(endpoint: string, s3: S3Storage, { storage }: ClusterSpecInput): Problem[] {
  const at = (name: string): string => `storage.s3.${name}`;
  const parity =
    storage.parity === undefined
      ? []
      : [error("storage.parity", "parity is a matter of the cluster's own MinIO; remove it")];
  if (!parseEndpoint(endpoint)) {
    const message = `"${endpoint}" is not an endpoint; an example is "https://s3.eu-central-1.amazonaws.com"`;
    return [error(at("endpoint"), message), ...parity];
  }
  return [
    ...parity,
    ...errorIf(at("endpoint"), checkAddress(s3.host) ?? checkPort(s3.port)),
    ...errorIf(at("auth"), checkOneOf(s3.auth, S3_AUTHS)),
    ...errorIf(at("provider"), checkOneOf(s3.provider, S3_PROVIDERS)),
    ...errorIf(at("rootPath"), checkRootPath(s3.rootPath)),
    ...errorIf(at("caPem"), s3.caPem === undefined ? undefined : checkCertificate(s3.caPem)),
    ...(s3.tls
      ? []
      : [
          warning(
            at("endpoint"),
            "objects and credentials travel readable to an http:// endpoint; use https://",
          ),
        ]),
  ];
}

function checkRootPath(path: string): string | undefined {
  if (/^[\w.-]+(\/[\w.-]+)*$/.test(path)) return undefined;
  return `"${path}" is not a prefix of objects: use letters, digits and "._-", with "/" in between`;
}
