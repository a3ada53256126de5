import { roleOf } from "../../spec/roles";
import type { ClusterSpec } from "../../spec/spec";
import { MILVUS_SESSIONS } from "../keys";
import type { Component, Components } from "../ports/components";
import type { Store } from "../ports/store";
import { lostSessions, type Sessions } from "../status/sessions";

export interface SessionOptions {
  readonly spec: ClusterSpec;
  /** Of this peer. */
  readonly address: string;
  readonly store: Pick<Store, "list">;
}

/** Components as the engine has them, but a coordinator without its sessions in etcd is unhealthy, whatever it says itself. */
export function withSessions(components: Components, o: SessionOptions): Components {
  return {
    list: async () => {
      const found = await components.list();
      // Without etcd nobody can have a session, and a restart would not bring one.
      const sessions = await o.store.list(MILVUS_SESSIONS).catch(() => undefined);
      return sessions ? found.map((component) => judged(component, sessions, o)) : found;
    },
    restart: (service) => components.restart(service),
    start: (service) => components.start(service),
    stop: (service, seconds) => components.stop(service, seconds),
    remove: (service, seconds) => components.remove(service, seconds),
    signal: (service, signal) => components.signal(service, signal),
    events: (options) => components.events(options),
  };
}

function judged(component: Component, sessions: Sessions, { spec, address }: SessionOptions): Component {
  const role = roleOf(spec, component.service);
  if (!role || component.health !== "healthy") return component;
  const lost = lostSessions(role, sessions, address);
  if (lost.length === 0) return component;
  return { ...component, health: "unhealthy", detail: `no session in etcd: ${lost.join(", ")}` };
}
