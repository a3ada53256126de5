import type { JobContext } from "../type";

/** Throws while a change of the cluster has stopped half-way: containers are then as one spec or the other wants them. */
export async function refuseUnfinished(
  { records }: Pick<JobContext, "records">,
  what: string,
): Promise<void> {
  const { change } = await records.read();
  if (!change) return;
  throw new Error(
    `a change of the cluster has not ended (job ${change.value.job}), so it cannot be ${what}: end that first, with ` +
      "milvus-onprem resume or milvus-onprem rollback",
  );
}
