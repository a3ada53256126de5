import { crowdedRefusals, losesQueryNodes } from "../../../plan/crowded";
import { clientAddress, peerOf } from "../../../spec/host";
import { loadedAt } from "../../loaded";
import type { ChangeContext } from "./context";
import { rootPassword } from "./secrets";

/** The plan has refused it, if it knew: something may have been loaded since. */
export async function refuseCrowded(ctx: ChangeContext): Promise<void> {
  const { from, to } = ctx.params;
  if (!losesQueryNodes(from, to)) return;
  const address = clientAddress(from, peerOf(from, ctx.identity.name).address, from.ports.lb);
  const loaded = await loadedAt(ctx.ports.milvus, address, await rootPassword(ctx, address));
  const [refusal] = crowdedRefusals(from, to, loaded);
  if (refusal) throw new Error(`${refusal.message}; nothing was changed`);
}
