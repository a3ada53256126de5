import { hostPort, peerOf } from "../../spec/host";
import { messageOf } from "../wait";
import { gate } from "./gate";

/** The broker answers "ok" after it has produced and read a message. Source: pulsar-standalone.md. */
export const queue = gate({
  kind: "queue",
  what: "Pulsar",
  deadlineMs: 240_000,
  services: () => ["pulsar"],
  missing: async ({ ports, spec }) => {
    const host = peerOf(spec, spec.queue.host);
    const at = hostPort(host.address, spec.ports.pulsarHttp);
    try {
      const { status, body } = await ports.http.get(`http://${at}/admin/v2/brokers/health`, 10_000);
      return status === 200 && body.trim() === "ok"
        ? undefined
        : `${host.name} (${at}) is not ready (${status})`;
    } catch (error) {
      return `${host.name} (${at}): ${messageOf(error)}`;
    }
  },
});
