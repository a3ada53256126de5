import { MOUNT_PARENT } from "../paths";
import type { BackupTargetInput, BackupTargetSpec, ClusterSpec, Problem, S3TargetSpec } from "../spec";
import { parseEndpoint } from "../storage";
import { checkAddress, checkBucket, checkCertificate, checkDataRoot, checkPort } from "../validators";
import { error, errorIf, warning } from "./problem";

const at = (name: string): string => `backups.target.s3.${name}`;

/** Where backups are to lie: in a place that can be one, and in none that is lost with the cluster. */
export function checkTarget(
  { s3, directory, prefix }: BackupTargetInput,
  target: BackupTargetSpec,
  spec: ClusterSpec,
): Problem[] {
  const given = [s3, directory].filter((one) => one !== undefined).length;
  if (given !== 1) {
    const what = given === 0 ? "it has neither s3 nor directory" : "it has both s3 and directory";
    return [error("backups.target", `${what}: give one of them`)];
  }
  if (target.kind === "directory") {
    return [
      ...errorIf("backups.target.directory", checkDirectory(target.path)),
      ...errorIf("backups.target.prefix", checkPrefix(target.prefix)),
    ];
  }
  const stray = prefix === undefined ? undefined : "an object store has a prefix of its own: use s3.prefix";
  return [...errorIf("backups.target.prefix", stray), ...checkS3(s3!.endpoint, target, spec)];
}

function checkDirectory(path: string): string | undefined {
  const below = path.startsWith(`${MOUNT_PARENT}/`);
  const why = `the daemons see what is mounted below ${MOUNT_PARENT}, and nothing else: mount the share there`;
  return checkDataRoot(path) ?? (below ? undefined : `"${path}" is not below ${MOUNT_PARENT}; ${why}`);
}

function checkS3(endpoint: string, target: S3TargetSpec, spec: ClusterSpec): Problem[] {
  const shape = [
    ...errorIf(at("bucket"), checkBucket(target.bucket)),
    ...errorIf(at("prefix"), checkPrefix(target.prefix)),
    ...errorIf(at("caPem"), target.caPem === undefined ? undefined : checkCertificate(target.caPem)),
  ];
  if (!parseEndpoint(endpoint)) {
    const example = 'an example is "https://s3.eu-central-1.amazonaws.com"';
    return [error(at("endpoint"), `"${endpoint}" is not an endpoint; ${example}`), ...shape];
  }
  const address = checkAddress(target.host) ?? checkPort(target.port);
  if (address !== undefined) return [error(at("endpoint"), address), ...shape];
  return [...shape, ...checkSafety(target, spec)];
}

function checkSafety(target: S3TargetSpec, { storage, peers, ports }: ClusterSpec): Problem[] {
  const isOwn = peers.some(({ address }) => address === target.host) && target.port === ports.minio;
  const isMilvus = storage.kind === "s3" && storage.host === target.host && storage.bucket === target.bucket;
  return [
    ...(isOwn
      ? [
          warning(
            at("endpoint"),
            "it is the cluster's own MinIO: what destroys the cluster destroys its backups",
          ),
        ]
      : []),
    ...(isMilvus
      ? [warning(at("bucket"), "Milvus keeps its data in it: what destroys the bucket destroys both")]
      : []),
    ...(target.tls
      ? []
      : [
          warning(
            at("endpoint"),
            "backups and credentials travel readable to an http:// endpoint; use https://",
          ),
        ]),
  ];
}

function checkPrefix(prefix: string): string | undefined {
  if (/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(prefix) && prefix.length <= 512) return undefined;
  return `"${prefix}" is not a prefix: use letters, digits and "._-", with "/" in between`;
}
