import type { BackupTargetInput, BackupTargetSpec, ClusterSpec, Problem } from "../spec";
import { parseEndpoint } from "../storage";
import { checkAddress, checkBucket, checkCertificate, checkPort } from "../validators";
import { error, errorIf, warning } from "./problem";

const at = (name: string): string => `backups.target.s3.${name}`;

/** Where backups are to lie: an endpoint that can be one, and none that is lost with the cluster. */
export function checkTarget(
  { s3 }: BackupTargetInput,
  target: BackupTargetSpec,
  spec: ClusterSpec,
): Problem[] {
  const shape = [
    ...errorIf(at("bucket"), checkBucket(target.bucket)),
    ...errorIf(at("prefix"), checkPrefix(target.prefix)),
    ...errorIf(at("caPem"), target.caPem === undefined ? undefined : checkCertificate(target.caPem)),
  ];
  if (!parseEndpoint(s3.endpoint)) {
    const example = 'an example is "https://s3.eu-central-1.amazonaws.com"';
    return [error(at("endpoint"), `"${s3.endpoint}" is not an endpoint; ${example}`), ...shape];
  }
  const address = checkAddress(target.host) ?? checkPort(target.port);
  if (address !== undefined) return [error(at("endpoint"), address), ...shape];
  return [...shape, ...checkSafety(target, spec)];
}

function checkSafety(target: BackupTargetSpec, { storage, peers, ports }: ClusterSpec): Problem[] {
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
  return `"${prefix}" is not a prefix of objects: use letters, digits and "._-", with "/" in between`;
}
