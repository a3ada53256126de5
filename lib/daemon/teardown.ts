import type { TeardownRequest } from "../api/wire";
import type { Former } from "./former";
import type { Compose } from "./ports/runtime";
import type { SecretsFile } from "./secrets";
import type { StateStore } from "./state";
import type { RenderedFiles } from "./steps/step";

export interface TeardownOptions {
  readonly former: Former;
  readonly state: StateStore;
  readonly secrets: SecretsFile;
  readonly compose: Compose;
  readonly files: RenderedFiles;
  /** Ends what depends on the cluster: election, connections. */
  readonly leave: () => Promise<void>;
}

/** For roles of Milvus to end their sessions; what else writes to the disk writes to what is deleted. */
const DELETING_SECONDS = 5;

/** Takes this peer back to `unjoined`. Each part may be gone already, so it can be repeated after any failure. */
export async function teardown(o: TeardownOptions, { deleteData }: TeardownRequest): Promise<void> {
  const { spec } = o.state.current;
  await o.former.reset();
  await o.leave();
  await o.compose.down(deleteData ? DELETING_SECONDS : undefined);
  await o.files.removeRendered();
  if (deleteData) await o.files.removeDataDirs(spec);
  await o.secrets.remove();
  // Last, so that a teardown that failed half-way still knows which cluster it was.
  await o.state.change({ state: "unjoined" });
}
