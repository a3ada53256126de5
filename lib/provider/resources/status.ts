import { bool, number, objects, string, type Attributes, type DataSource } from "../framework";
import { DEFAULT_PORTS } from "../../spec/defaults";
import { checkPort } from "../../spec/validators";
import { firstStatus } from "./cluster/form";
import { peersAttribute, sessionsOf } from "./peer-reference";
import { withSessions } from "./peer-session";

/** A plan does not wait for peers that are away. */
const LOOK_SECONDS = 10;

const attributes = {
  peers: peersAttribute,
  ca_cert_pem: string({ required: true }),
  token: string({ required: true, sensitive: true }),
  daemon_port: number({ default: DEFAULT_PORTS.daemon, validate: checkPort }),
  health: string({ computed: true, description: "ok, degraded, down, stopped, unformed or unreachable." }),
  leader: string({ computed: true, description: "Peer that leads the control plane." }),
  members: objects(
    {
      name: string({ computed: true }),
      address: string({ computed: true }),
      reachable: bool({ computed: true }),
      state: string({ computed: true, description: "unjoined, forming, member or removed." }),
      daemon_version: string({ computed: true }),
    },
    { computed: true },
  ),
  json: string({ computed: true, description: "Everything that milvus-onprem status knows, as JSON." }),
} satisfies Attributes;

/** Health of a cluster. Peers that cannot be reached are part of the answer, never an error. */
export const status: DataSource<typeof attributes> = {
  type: "milvus_status",
  schema: { attributes, description: "Health of a cluster and of every component." },

  async read({ config, diagnostics, signal }) {
    const sessions = sessionsOf(config.peers, {
      caPem: config.ca_cert_pem,
      token: config.token,
      daemonPort: config.daemon_port,
      timeoutSeconds: LOOK_SECONDS,
      signal,
    });
    return withSessions(sessions, async () => {
      try {
        const reply = await firstStatus(sessions);
        const members = reply.peers.map((p) => ({
          name: p.name,
          address: p.address,
          reachable: p.reachable,
          state: p.state ?? null,
          daemon_version: p.daemonVersion ?? null,
        }));
        const leader = reply.leader?.peer ?? null;
        return { health: reply.health, leader, members, json: JSON.stringify(reply) };
      } catch (error) {
        signal.throwIfAborted();
        const reasons = error instanceof AggregateError ? error.errors : [error];
        diagnostics.warning("No peer could be asked", reasons.map((e: Error) => e.message).join("\n"));
        return { health: "unreachable", leader: null, members: [], json: "{}" };
      }
    });
  },
};
