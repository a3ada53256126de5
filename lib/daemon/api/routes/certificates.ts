import { z } from "zod";
import type { CertificateRequests } from "../../../api/wire";
import type { OwnCertificates } from "../../certificates";
import { route, type Route } from "../route";
import { renewedCertificates } from "../schemas";

const requests: z.ZodType<CertificateRequests> = z
  .object({
    csrPem: z.string().describe("PKCS #10, for the key of this peer"),
    milvusCsrPem: z.string().describe("the same for the key of its Milvus"),
    caPem: z.string().describe("certificate of the CA that is to sign them"),
    end: z.string().describe("when the first of the two certificates ends, ISO 8601"),
    due: z.boolean().describe("less than a third of its life is left"),
  })
  .meta({ id: "CertificateRequests" });

/** Renewal by whoever has the CA's key: a private key leaves its peer in neither direction. */
export function certificateRoutes(own: Pick<OwnCertificates, "requests" | "install">): Route[] {
  const member = { tag: "peer", access: "member", path: "/certificates" } as const;
  return [
    route({
      ...member,
      method: "GET",
      summary: "When this peer's certificates end, and what to sign to renew them",
      replies: { 200: { description: "Requests for the keys that are there", schema: requests } },
      handle: async () => ({ body: await own.requests() }),
    }),
    route({
      ...member,
      method: "PUT",
      summary: "Put renewed certificates in force",
      description:
        "Of the cluster's CA, for the keys and names that are there; all else is refused. Nothing is restarted: Milvus' roles go by " +
        "theirs when they start the next time, which GET /drift tells.",
      body: renewedCertificates,
      replies: { 204: { description: "In force" } },
      handle: async ({ body }) => {
        await own.install(body);
        return { status: 204 };
      },
    }),
  ];
}
