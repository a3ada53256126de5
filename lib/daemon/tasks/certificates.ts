import { z } from "zod";
import type { CertificateRequests } from "../../api/wire";
import { renewedCertificates } from "../api/schemas";
import type { PeerTask } from "./task";

/** What the peer would have signed for its own keys, and when its certificates end. */
export const reportCertificates: PeerTask<Record<string, never>, CertificateRequests> = {
  name: "report-certificates",
  params: z.strictObject({}),
  run: (_, { certificates }) => certificates.requests(),
};

/** The peer goes by renewed certificates. */
export const installCertificates: PeerTask<z.infer<typeof renewedCertificates>, Record<string, never>> = {
  name: "install-certificates",
  params: renewedCertificates,
  run: async (renewed, { certificates }) => {
    await certificates.install(renewed);
    return {};
  },
};
