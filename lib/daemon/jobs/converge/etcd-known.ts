import { staying } from "../../../plan/turnover";
import { etcdEndpoints } from "../../../render";
import { RECREATE_MS, recreate, reportEtcdKnown } from "../../tasks/converge";
import type { ChangeContext } from "./context";
import { ServiceGate } from "./gate";

/** A role that knows fewer would be cut off by the next loss. */
const LEAST = 2;

/**
 * Starts roles of Milvus anew, one at a time, that were made when etcd had so many other members that they know too few of those
 * that it has now: etcd's client in Milvus asks nobody for a newer list.
 */
export async function renewKnowledge(ctx: ChangeContext): Promise<void> {
  const { from, to: spec } = ctx.params;
  const members = etcdEndpoints(spec);
  for (const { name } of staying(from, spec)) {
    const { known } = await ctx.tasks.run(name, reportEtcdKnown, {}, { spec, signal: ctx.signal });
    for (const [service, endpoints] of Object.entries(known)) {
      const alive = endpoints.filter((endpoint) => members.includes(endpoint)).length;
      if (alive >= Math.min(LEAST, members.length)) continue;
      ctx.safePoint();
      ctx.log(`${name}: ${service} knows ${alive} of ${members.length} members of etcd: it is started anew`);
      const o = { spec, deadlineMs: RECREATE_MS, signal: ctx.signal };
      await ctx.tasks.run(name, recreate, { spec, services: [service], force: true }, o);
      await new ServiceGate(ctx).pass(`after ${service} on ${name}`);
    }
  }
}
