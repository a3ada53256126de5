import { z } from "zod";
import type { PeerTask } from "./task";

const params = z.strictObject({
  generation: z.number().int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** The peer goes by the token that the leader has recorded, if it has not heard of it from etcd already. */
export const adoptToken: PeerTask<z.infer<typeof params>, { generation: number }> = {
  name: "adopt-token",
  params,
  run: async (record, { token }) => {
    await token.adopt(record);
    return { generation: token.generation };
  },
};

/** Which token the peer goes by, counted in rotations. */
export const reportToken: PeerTask<Record<string, never>, { generation: number }> = {
  name: "report-token",
  params: z.strictObject({}),
  run: async (_, { token }) => ({ generation: token.generation }),
};
