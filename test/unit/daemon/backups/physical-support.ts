import { MilvusBackupStandin, clientOf, type StandinCollection } from "./milvus-backup-standin";
import type { Peers } from "../peers-support";

/** A Milvus that has collections, as far as the engine milvus-backup asks it. */
export class MilvusWithCollections {
  /** `database/collection`. */
  readonly collections: Set<string>;
  readonly aliases = new Map<string, string>();
  readonly loaded: string[] = [];
  /** What was asked of it that changes it. */
  readonly changes: string[] = [];
  version = "v2.4.24";

  constructor(collections: readonly StandinCollection[]) {
    this.collections = new Set(collections.map(({ database, name }) => `${database}/${name}`));
  }

  client(): ReturnType<typeof clientOf> {
    const nameOf = (r: Record<string, string>): string => `${r.db_name}/${r.collection_name}`;
    return clientOf({
      GetVersion: () => ({ version: this.version }),
      ListDatabases: () => ({ db_names: [...new Set(["default", "other", ...this.databases])] }),
      ShowCollections: ({ db_name }) => ({
        collection_names: [...this.collections]
          .filter((c) => c.startsWith(`${db_name}/`))
          .map((c) => c.split("/")[1]!),
      }),
      HasCollection: (r) => ({ value: this.collections.has(nameOf(r)) }),
      DescribeCollection: () => ({ aliases: [] }),
      CreateDatabase: ({ db_name }) => this.changed(`create database ${db_name}`),
      DropCollection: (r) => {
        this.collections.delete(nameOf(r));
        return this.changed(`drop ${nameOf(r)}`);
      },
      RenameCollection: ({ db_name, oldName, newName, newDBName }) => {
        this.collections.delete(`${db_name}/${oldName}`);
        this.collections.add(`${newDBName}/${newName}`);
        return this.changed(`rename to ${newDBName}/${newName}`);
      },
      CreateAlias: (r) => {
        this.aliases.set(r.alias!, nameOf(r));
        return {};
      },
      LoadCollection: (r) => {
        this.loaded.push(nameOf(r));
        return {};
      },
      GetLoadState: () => ({ state: "LoadStateLoaded" }),
    });
  }

  private get databases(): string[] {
    return [...this.collections].map((c) => c.split("/")[0]!);
  }

  private changed(what: string): object {
    this.changes.push(what);
    return {};
  }
}

/** Peers that run the stand-in of milvus-backup against one Milvus. */
export function withStandin(
  peers: Peers,
  collections: readonly StandinCollection[],
): { standin: MilvusBackupStandin; milvus: MilvusWithCollections } {
  const milvus = new MilvusWithCollections(collections);
  const standin = new MilvusBackupStandin(peers.bucket, collections, (to) => milvus.collections.add(to));
  for (const peer of peers.all) {
    peer.host.jobContainers = standin;
    peer.host.openMilvus = async () => milvus.client();
    peer.host.images.add("milvusdb/milvus-backup:v0.5.16");
  }
  return { standin, milvus };
}
