import { dropAliases, giveAliases } from "./aliases";
import type { MilvusCalls } from "./calls";
import { fullName } from "./context";
import { listCollections, type CollectionName } from "./names";
import { keepsAliases, type Planned } from "./targets";

interface Aliased extends CollectionName {
  readonly aliases: readonly string[];
}

/** A collection that is whole gets its name, in place of the one that has it. All in one moment would be better; Milvus has no such call. */
export async function takePlace(
  { calls, log, dropExisting }: { calls: MilvusCalls; log: (text: string) => void; dropExisting: boolean },
  planned: Planned<Aliased>,
  half: CollectionName,
): Promise<void> {
  const { entry, to } = planned;
  const { collections } = await listCollections(calls);
  if (collections.some((c) => fullName(c) === fullName(to))) {
    if (!dropExisting) throw new Error(`${fullName(to)} has been made meanwhile: it is left as it is`);
    await dropAliases(calls, to);
    await drop(calls, to);
  }
  const names = { db_name: half.database, oldName: half.name, newName: to.name, newDBName: to.database };
  await calls.ask(`name ${fullName(to)}`, "RenameCollection", names);
  if (keepsAliases(planned)) await giveAliases(calls, to, entry.aliases, log);
}

/** A collection that is not there is none to drop. */
export async function drop(calls: MilvusCalls, { database, name }: CollectionName): Promise<void> {
  const request = { db_name: database, collection_name: name };
  await calls.ask(`drop ${database}/${name}`, "DropCollection", request);
}
