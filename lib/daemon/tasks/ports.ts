import { once } from "node:events";
import { createServer } from "node:net";
import { z } from "zod";
import type { PeerTask } from "./task";

const params = z.strictObject({ ports: z.array(z.number().int().min(1).max(65_535)).max(100) });

/** Which of some TCP ports somebody listens on already, on whichever address of the peer. */
export const reportTakenPorts: PeerTask<z.infer<typeof params>, { taken: number[] }> = {
  name: "report-taken-ports",
  params,
  run: async ({ ports }) => {
    const taken = await Promise.all(ports.map(isTaken));
    return { taken: ports.filter((_, i) => taken[i]) };
  },
};

async function isTaken(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: "0.0.0.0" });
    await once(server, "listening");
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return true;
  } finally {
    server.close();
  }
}
