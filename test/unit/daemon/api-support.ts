import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { FormProgress, StatusReply } from "../../../lib/api/wire";
import type { AppOptions } from "../../../lib/daemon/api/app";
import { clusterRoutes, type ClusterActions } from "../../../lib/daemon/api/routes/cluster";
import { peerRoutes, type PeerActions } from "../../../lib/daemon/api/routes/peer";
import { createLog } from "../../../lib/daemon/log";
import { Redactor } from "../../../lib/daemon/redact";
import { specOf } from "./support";

export type AllActions = ClusterActions & PeerActions;

export const TOKEN = "the-bearer-token-of-the-cluster";
export const tokenSha256 = createHash("sha256").update(TOKEN).digest("hex");
const IDLE: FormProgress = { peer: "peer-1", state: "idle", steps: [] };
const STATUS: StatusReply = { endpoints: [], resilience: [], health: "unformed", peers: [] };

/** A peer that does what it is asked. */
export function actions(change: Partial<AllActions> = {}): AllActions {
  return {
    health: () => ({ status: "ok", state: "unjoined" }),
    version: () => ({ version: "0.1.0", node: "v20" }),
    ca: () => ({ certPem: "-----BEGIN CERTIFICATE-----" }),
    form: async () => IDLE,
    formProgress: () => IDLE,
    status: async () => STATUS,
    leader: async () => ({ value: {}, revision: "7" }),
    stepDown: async () => undefined,
    spec: async () => ({ value: { generation: 1, digest: "d", spec: specOf("/data") }, revision: "7" }),
    loaded: async () => ({ collections: [{ collection: "films", replicas: 2 }] }),
    drift: async () => ({ generation: 1, found: [], missing: [] }),
    logs: async () => Readable.from(["one\n", "two\n"]),
    stage: async () => undefined,
    teardown: async () => undefined,
    ...change,
  };
}

/** The API of a leader, which logs nowhere. */
export function quietApp(change: Partial<AllActions> = {}): AppOptions {
  const redactor = new Redactor();
  const all = actions(change);
  return {
    routes: [...clusterRoutes(all), ...peerRoutes(all)],
    leadership: { leads: () => true, address: async () => undefined },
    tokenSha256: () => tokenSha256,
    redactor,
    log: createLog(redactor, () => undefined),
  };
}
