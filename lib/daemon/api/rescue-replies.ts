import { z } from "zod";
import type { NospaceReport, PeerEvidence, ReformPlan } from "../../api/rescue-wire";

const silent = z
  .array(z.object({ peer: z.string(), error: z.string() }))
  .describe("peers that do not answer");
const bytes = z.int().nonnegative();

export const nospaceReply: z.ZodType<NospaceReport> = z
  .object({
    cluster: z.string(),
    raisedBy: z.array(z.string()).describe("members that have raised the alarm NOSPACE"),
    databases: z.array(z.object({ peer: z.string(), isLeader: z.boolean(), bytes, bytesInUse: bytes })),
    silent,
  })
  .meta({ id: "EtcdSpace" });

export const evidenceReply: z.ZodType<PeerEvidence> = z
  .object({
    peer: z.string(),
    etcd: z.enum(["serving", "alone", "down"]).describe("part of a majority; without one; not answering"),
    clusterId: z.string().optional(),
    revision: z.int().optional().describe("last revision in its data"),
    problem: z.string().optional().describe("why its data cannot be read"),
    snapshot: z.object({ file: z.string(), sha256: z.string(), bytes, revision: z.int() }).optional(),
  })
  .meta({ id: "EtcdEvidence" });

export const planReply: z.ZodType<ReformPlan> = z
  .object({
    cluster: z.string(),
    peers: z.array(evidenceReply),
    silent,
    source: z
      .object({
        kind: z.enum(["member", "snapshot"]),
        peer: z.string(),
        revision: z.int(),
        file: z.string().optional(),
      })
      .optional(),
    warnings: z.array(z.string()),
    refusal: z.string().optional().describe("why it is not done, if it is not"),
  })
  .meta({ id: "EtcdReformPlan" });
