import { pulsarHealthUrl } from "../../spec/queue";
import { messageOf } from "../wait";
import { gate } from "./gate";

/** The broker answers "ok" after it has produced and read a message. Source: pulsar-standalone.md. */
export const queue = gate({
  kind: "queue",
  what: "Pulsar",
  deadlineMs: 240_000,
  services: () => ["pulsar"],
  missing: async ({ ports, spec, secrets, identity }) => {
    const at = `Pulsar on ${identity.name}`;
    try {
      const { status, body } = await ports.http.send({
        ...{ method: "GET", url: pulsarHealthUrl(spec), timeoutMs: 10_000 },
        headers: { Authorization: `Bearer ${secrets.pulsarToken}` },
      });
      return status === 200 && body.trim() === "ok" ? undefined : `${at} is not ready (${status})`;
    } catch (error) {
      return `${at}: ${messageOf(error)}`;
    }
  },
});
