import { DEFAULT_BUCKET, DEFAULT_ROOT_PATH } from "./defaults";
import type {
  MinioStorage,
  PoolInput,
  PoolSpec,
  S3Input,
  S3Storage,
  StorageInput,
  StorageSpec,
} from "./spec";

/** Storage with its defaults. What is given twice or not at all is for the checks to say. */
export function storageSpec({ s3, pools = [], parity, bucket = DEFAULT_BUCKET }: StorageInput): StorageSpec {
  if (s3 && pools.length === 0) return s3Storage(s3, bucket);
  const storage: MinioStorage = { kind: "minio", pools: pools.map(poolSpec), bucket };
  return parity === undefined ? storage : { ...storage, parity };
}

function poolSpec({
  peers,
  drivesPerPeer,
  mountPoints = [],
  driveGib,
  acceptSingleHost,
}: PoolInput): PoolSpec {
  return {
    peers: [...peers],
    drivesPerPeer: drivesPerPeer ?? mountPoints.length,
    mountPoints: [...mountPoints],
    ...(driveGib === undefined ? {} : { driveGib }),
    ...(acceptSingleHost ? { acceptSingleHost } : {}),
  };
}

function s3Storage({ endpoint, ...s3 }: S3Input, bucket: string): S3Storage {
  const { host = "", port = 443, tls = true } = parseEndpoint(endpoint) ?? {};
  return {
    kind: "s3",
    ...{ host, port, tls, bucket },
    rootPath: s3.rootPath ?? DEFAULT_ROOT_PATH,
    ...(s3.region === undefined ? {} : { region: s3.region }),
    pathStyle: s3.pathStyle ?? true,
    auth: s3.auth ?? "keys",
    provider: s3.provider ?? "aws",
    ...(s3.caPem === undefined ? {} : { caPem: s3.caPem }),
  };
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** `https://host[:port]` or `http://host[:port]`, a literal IPv6 address in brackets; undefined when it is neither. */
export function parseEndpoint(url: string): Endpoint | undefined {
  const found = /^(https?):\/\/(\[[0-9a-fA-F:.]+\]|[^/:[\]@?#\s]+)(?::(\d{1,5}))?\/?$/.exec(url);
  if (!found) return undefined;
  const tls = found[1] === "https";
  const port = found[3] === undefined ? (tls ? 443 : 80) : Number(found[3]);
  return { host: found[2]!.replace(/^\[|\]$/g, ""), port, tls };
}
