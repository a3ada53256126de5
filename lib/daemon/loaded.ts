import type { Loaded } from "../plan/crowded";
import { GATE_COLLECTION } from "./jobs/converge/gate";
import type { Milvus } from "./ports/milvus";

/** What users have loaded, as Milvus tells at an address of a load balancer. */
export async function loadedAt(milvus: Milvus, address: string, rootPassword: string): Promise<Loaded[]> {
  const session = await milvus.session(address, rootPassword);
  try {
    return (await session.loaded()).filter(({ collection }) => !collection.startsWith(GATE_COLLECTION));
  } finally {
    await session.close();
  }
}
