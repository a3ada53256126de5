import type { Component } from "../ports/components";

/** What `etcdctl endpoint health` says of a database at its quota (etcd-io/etcd v3.5 etcdctl/ctlv3/command/ep_command.go). */
const NOSPACE = /\bAlarm\(s\):.*\bNOSPACE\b/;

/** A restart makes no room: it takes a vote away, and of all members at once the quorum. */
export function isFull({ service, health, detail }: Component): boolean {
  return service === "etcd" && health === "unhealthy" && NOSPACE.test(detail ?? "");
}
