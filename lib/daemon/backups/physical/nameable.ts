import { NAMEABLE } from "../../../spec/milvus-backup";
import { fullName } from "../portable/context";
import type { CollectionName } from "../portable/names";

/** Why names cannot be told to milvus-backup, one for each that cannot. */
export function unnameable(names: readonly CollectionName[]): string[] {
  return names
    .filter(({ database, name }) => !NAMEABLE.test(database) || !NAMEABLE.test(name))
    .map(
      (c) =>
        `${fullName(c)}: milvus-backup can name nothing but letters, digits and underscores: use the engine portable`,
    );
}
