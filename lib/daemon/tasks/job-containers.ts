import { z } from "zod";
import type { PeerTask } from "./task";

const nothing = z.strictObject({});

/** The peer removes containers of jobs that it leads no more. */
export const removeJobContainers: PeerTask<z.infer<typeof nothing>, { readonly removed: number }> = {
  name: "remove-job-containers",
  params: nothing,
  run: async (_, { ports }) => ({ removed: await ports.jobContainers.removeLeftovers() }),
};
