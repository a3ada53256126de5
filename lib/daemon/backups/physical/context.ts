import type { RenderedFile } from "../../../render";
import type { EngineContext } from "../portable";
import type { JobContainers } from "../../ports/job-containers";

/** What an engine works with that has another program do the work. */
export interface PhysicalContext extends EngineContext {
  readonly containers: JobContainers;
  /** Reference of milvus-backup's image. */
  readonly image: string;
  /** Pulls it, unless it is on this host. */
  fetchImage(): Promise<void>;
  /** What the program is told, for backups below this folder of the target. */
  files(folder: string): readonly RenderedFile[];
  /** Removes containers that leaders which died have left, from every peer that answers. */
  stopLeftovers(): Promise<void>;
  /** What is being done right now. */
  detail(text: string): void;
  /** Throws once somebody has asked for the job to be cancelled. */
  safePoint(): void;
}
