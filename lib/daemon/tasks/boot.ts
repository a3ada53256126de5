import { z } from "zod";
import { bootId } from "../boot";
import type { PeerTask } from "./task";

/** Which boot of its VM the peer lives in. */
export const reportBoot: PeerTask<Record<string, never>, { boot: string }> = {
  name: "report-boot",
  params: z.strictObject({}),
  run: async (_, { config }) => ({ boot: await bootId(config.runDir) }),
};
