import { MilvusRefusal, type MilvusCalls } from "./calls";
import { fullName } from "./context";
import type { CollectionName } from "./names";

/** Milvus 2.3 drops a collection and keeps its aliases, which then lead nowhere. */
export async function dropAliases(calls: MilvusCalls, { database, name }: CollectionName): Promise<void> {
  const request = { db_name: database, collection_name: name };
  const what = `describe ${database}/${name}`;
  const { aliases } = await calls.ask<{ aliases: string[] }>(what, "DescribeCollection", request);
  for (const alias of aliases) {
    await calls.ask(`drop alias ${alias}`, "DropAlias", { db_name: database, alias });
  }
}

/** Those that lead nowhere are taken over; those of another collection are left there, and that is said. */
export async function giveAliases(
  calls: MilvusCalls,
  to: CollectionName,
  aliases: readonly string[],
  log: (text: string) => void,
): Promise<void> {
  for (const alias of aliases) {
    const request = { db_name: to.database, collection_name: to.name, alias };
    const what = `give ${fullName(to)} the alias ${alias}`;
    try {
      await calls.ask(what, "CreateAlias", request);
    } catch (error) {
      if (!(error instanceof MilvusRefusal)) throw error;
      if (await leadsSomewhere(calls, to.database, alias)) log(`${error.message}: it is left as it is`);
      else await calls.ask(what, "AlterAlias", request);
    }
  }
}

async function leadsSomewhere(calls: MilvusCalls, database: string, alias: string): Promise<boolean> {
  const request = { db_name: database, collection_name: alias };
  return (await calls.ask<{ value: boolean }>(`look for ${alias}`, "HasCollection", request)).value;
}
