import { outsideEndpoints, type OutsideEndpoint } from "../../spec/outside";
import { connectTcp } from "../peers";
import { messageOf } from "../wait";
import { gate, tally } from "./gate";
import type { StepContext } from "./step";

const CONNECT_MS = 5_000;

/**
 * Services outside the cluster, looked for before anything is started: a firewall that is closed to one peer is better told of now
 * than found in Milvus' log.
 */
export const outside = gate({
  kind: "outside",
  what: "services outside the cluster",
  deadlineMs: 60_000,
  services: () => [],
  missing: async (ctx) => {
    const endpoints = outsideEndpoints(ctx.spec);
    return tally("services answer", await Promise.all(endpoints.map((endpoint) => problemOf(ctx, endpoint))));
  },
});

async function problemOf(
  { identity }: StepContext,
  { name, host, port }: OutsideEndpoint,
): Promise<string | undefined> {
  try {
    (await connectTcp(host, port, CONNECT_MS)).destroy();
    return undefined;
  } catch (error) {
    return `${name} does not answer ${identity.name}: ${messageOf(error)}`;
  }
}
