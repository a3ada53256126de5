import { z } from "zod";
import type { JoinReply, JoinRequest, JoinTerms } from "../../../api/wire";
import { route, type Route } from "../route";

export interface JoinActions {
  terms(): Promise<JoinTerms>;
  join(request: JoinRequest): Promise<JoinReply>;
}

const name = z.string().min(1).max(63);
const address = z.string().min(1).max(253);
const port = z.number().int().min(1).max(65535);
const csr = z.string().min(1).max(8192);

const joinRequest = z.strictObject({
  name: name.describe("a DNS label"),
  address: address.describe("at which the other peers reach it"),
  csrPem: csr.describe("PKCS #10, for an ECDSA P-256 key"),
  milvusCsrPem: csr.describe("the same for Milvus on the VM, with a key of its own"),
  daemonVersion: z.string().min(1).max(64),
  dataRoot: z.string().min(1).max(4096),
  daemonPort: port,
  clockMs: z.number().int().describe("clock of the VM when this was sent, milliseconds since 1970 in UTC"),
  hostname: z.string().min(1).max(253),
  machineId: z.string().max(64).optional(),
});

const joinTerms: z.ZodType<JoinTerms> = z
  .object({
    clusterId: z.string(),
    clusterName: z.string(),
    daemonVersion: z.string(),
    daemonPort: port,
    dataRoot: z.string(),
    mountPoints: z.array(z.string()).describe("of drives that a VM that joins must have"),
    dataDirs: z.array(z.string()).describe("outside of `dataRoot`"),
    requiredPorts: z.array(port).describe("must be free on a VM that joins"),
    expected: z.int().describe("members that the cluster is formed of"),
    peers: z.array(z.object({ name, address })).describe("who has joined so far"),
  })
  .meta({ id: "JoinTerms" });

const joinReply: z.ZodType<JoinReply> = z
  .object({
    clusterId: z.string(),
    certPem: z.string(),
    milvusCertPem: z.string(),
    expected: z.int(),
    joined: z.int().describe("with the one that asks"),
    warnings: z.array(z.string()).describe("worth a second look, e.g. clocks that differ"),
  })
  .meta({ id: "JoinReply" });

/** How VMs become peers without Terraform. */
export function joinRoutes(actions: JoinActions): Route[] {
  const member = { tag: "peer", path: "/join", access: "member" } as const;
  return [
    route({
      ...member,
      method: "GET",
      summary: "What a VM needs to know before it joins",
      description: "Only the peer where `init` ran admits others, until the cluster is formed (409 then).",
      replies: { 200: { description: "Ports, directories and who is there", schema: joinTerms } },
      handle: async () => ({ body: await actions.terms() }),
    }),
    route({
      ...member,
      method: "POST",
      summary: "Make a VM a peer of the cluster that is being gathered",
      description:
        "Idempotent for the same key. When the last peer's daemon is up, the cluster forms by itself. " +
        "Refused (409) when the name or the address is taken, when clocks differ, and when all peers are there.",
      body: joinRequest,
      replies: { 200: { description: "Its certificates", schema: joinReply } },
      handle: async ({ body }) => ({ body: await actions.join(body) }),
    }),
  ];
}
