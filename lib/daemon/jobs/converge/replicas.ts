import { clientAddress, peerOf } from "../../../spec/host";
import { peersWith } from "../../../spec/roles";
import { fewOf } from "./few";
import { GATE_COLLECTION } from "./gate";
import { rootPassword } from "./secrets";
import type { ChangeContext } from "./context";

/** Throws when query nodes leave and a loaded collection has more replicas than can stay: it would never be whole again. */
export async function refuseCrowded(ctx: ChangeContext): Promise<void> {
  const { from, to } = ctx.params;
  const nodes = peersWith(to, "query").length;
  if (nodes >= peersWith(from, "query").length) return;
  const address = clientAddress(from, peerOf(from, ctx.identity.name).address, from.ports.lb);
  const session = await ctx.ports.milvus.session(address, await rootPassword(ctx, address));
  try {
    const found = (await session.crowded(nodes)).filter((name) => !name.startsWith(GATE_COLLECTION));
    if (found.length === 0) return;
    throw new Error(
      `more replicas than the ${nodes} query node(s) that stay can hold: ${fewOf(found)}. Release each of them, and load it ` +
        `with ${nodes} at most; nothing was changed`,
    );
  } finally {
    await session.close();
  }
}
