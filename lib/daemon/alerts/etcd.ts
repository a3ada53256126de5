import { seconds, type Alert } from "./alert";

/** Of each member by its own peer: nobody may lead then. */
export function etcdFull(node: string): Alert {
  return {
    name: "ETCD_FULL_ALERT",
    severity: "critical",
    fields: { node, component: "etcd" },
    summary: `etcd on ${node} is at its quota (alarm NOSPACE), so Milvus stands still: milvus-onprem rescue nospace`,
  };
}

export function etcdHasRoom(node: string, wasFullMs: number): Alert {
  return {
    name: "ETCD_ROOM_ALERT",
    severity: "info",
    fields: { node, component: "etcd", after: seconds(wasFullMs) },
    summary: `etcd on ${node} takes writes again after ${seconds(wasFullMs)}`,
    sinceMs: wasFullMs,
    resolves: "ETCD_FULL_ALERT",
  };
}
