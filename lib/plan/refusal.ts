import type { Problem } from "../spec/spec";

/** What a formed cluster takes, whatever it changes to. */
const APPLIED =
  /^(images|config|resources|control|backups|secrets|sessionTtlSeconds|etcdQuotaMb|loadBalancing|ports\.(lb|milvus(Rest|MetricsBase)?|minio(Console|Local)?|pulsar(Http)?)|security\.firewall|storage\.pools\[\d+\]\.(driveGib|acceptSingleHost)|queue\.pulsarSingleton\.(host|lostHost|failover(\.\w+)?|heapMb|directMemoryMb|retention(Minutes|Mb)))$/;

export function isApplied(path: string): boolean {
  return APPLIED.test(path);
}

/** Why an attribute of a formed cluster stays as it is. Attributes that no entry names fall to the last one. */
const REASONS: readonly (readonly [path: RegExp, reason: string])[] = [
  [/^name$/, "the name is part of etcd's bootstrap"],
  [/^mode$/, "standalone and cluster keep their log apart; form another cluster, and move the collections"],
  [/^peers$/, "MinIO knows its drives by their order, and etcd's members are the first ones"],
  [/^storage\.(pools|parity)/, "a MinIO pool keeps its hosts, drives and parity for life"],
  [/^storage/, "moving what is stored comes with a later release"],
  [/^queue$/, "what is in the old queue alone would be lost; moving it comes with a later release"],
  [
    /^queue\.external(Pulsar\.(serviceUrl|tenant|namespace)|Kafka\.brokers)$/,
    "what is in the old queue alone would be lost; moving it comes with a later release",
  ],
  [/^queue/, "changes of how Milvus reaches its queue come with a later release"],
  [/^security/, "changes of how clients and peers are let in come with a later release"],
  [/^data(Root$|Dirs)/, "moving the data comes with a later release"],
  [
    /^ports/,
    "etcd's members and the daemons know each other by it; form the cluster with the port that you want",
  ],
  [/^/, "it comes with a later release"],
];

/** A difference that cannot be applied: what it is, why not, and what to do. */
export function refusal(path: string, what: string, reason = reasonFor(path)): Problem {
  return { severity: "error", path, message: `${what}: ${reason}; put the old value back` };
}

function reasonFor(path: string): string {
  return REASONS.find(([pattern]) => pattern.test(path))![1];
}

/** "cannot change X of a formed cluster from A to B". */
export function changes(what: string, from: unknown, to: unknown): string {
  return `cannot change ${what} of a formed cluster from ${show(from)} to ${show(to)}`;
}

function show(value: unknown): string {
  return value === undefined ? "its default" : JSON.stringify(value);
}
