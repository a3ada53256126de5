import type { CollectionEntry, FieldEntry, FunctionEntry, IndexEntry } from "../manifest";
import { MilvusRefusal, paramsOf, type MilvusCalls } from "./calls";
import { fullName } from "./context";
import { isCarried, SCALARS } from "./types";

/** All of a collection but its rows. */
export type Described = Omit<CollectionEntry, "read" | "rows" | "files" | "replicas">;

type Pairs = { key: string; value: string }[];

interface WireField {
  readonly name: string;
  readonly description: string;
  readonly data_type: string;
  readonly element_type?: string;
  readonly is_primary_key: boolean;
  readonly autoID: boolean;
  readonly is_partition_key: boolean;
  readonly is_clustering_key?: boolean;
  readonly nullable?: boolean;
  readonly is_function_output?: boolean;
  readonly default_value?: Readonly<Record<string, unknown>> | null;
  readonly type_params: Pairs;
}

interface WireFunction {
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly input_field_names: string[];
  readonly output_field_names: string[];
  readonly params: Pairs;
}

interface WireCollection {
  readonly schema: {
    readonly description: string;
    readonly enable_dynamic_field: boolean;
    readonly fields: WireField[];
    readonly functions?: WireFunction[];
    readonly struct_array_fields?: { readonly name: string }[];
  };
  readonly shards_num: number;
  readonly consistency_level: string;
  readonly aliases: string[];
  readonly properties: Pairs;
}

/** Throws when the collection has something that this release cannot carry. */
export async function describe(calls: MilvusCalls, database: string, name: string): Promise<Described> {
  const where = { db_name: database, collection_name: name };
  const full = fullName({ database, name });
  const found = await calls.ask<WireCollection>(`describe ${full}`, "DescribeCollection", where);
  const { partition_names } = await calls.ask<{ partition_names: string[] }>(
    `list the partitions of ${full}`,
    "ShowPartitions",
    where,
  );
  const { schema } = found;
  return {
    ...{ database, name, description: schema.description, shards: found.shards_num },
    ...{ consistencyLevel: found.consistency_level, dynamicFields: schema.enable_dynamic_field },
    fields: fieldsOf(full, schema),
    functions: (schema.functions ?? []).map(functionOf),
    indexes: await indexes(calls, database, name),
    partitions: partition_names,
    properties: paramsOf(found.properties),
    aliases: [...found.aliases].sort(),
  };
}

/** No index is no error. */
export async function indexes(calls: MilvusCalls, database: string, name: string): Promise<IndexEntry[]> {
  const where = { db_name: database, collection_name: name };
  type Reply = { index_descriptions: { index_name: string; field_name: string; params: Pairs }[] };
  try {
    const what = `list the indexes of ${fullName({ database, name })}`;
    const reply = await calls.ask<Reply>(what, "DescribeIndex", where);
    return reply.index_descriptions.map((i) => ({
      ...{ name: i.index_name, field: i.field_name, params: paramsOf(i.params) },
    }));
  } catch (error) {
    if (error instanceof MilvusRefusal && error.code === "IndexNotExist") return [];
    throw error;
  }
}

function fieldsOf(full: string, schema: WireCollection["schema"]): FieldEntry[] {
  const fields = schema.fields.map((f) => fieldOf(full, f));
  const refused = [
    ...fields
      .filter((f) => !f.computed && !isCarried(f))
      .map((f) => `${f.name} (${f.elementType ?? f.type})`),
    ...(schema.struct_array_fields ?? []).map(({ name }) => `${name} (array of structs)`),
  ];
  if (refused.length === 0) return fields;
  throw new Error(
    `${full} has fields whose values the portable engine cannot carry: ${refused.join(", ")}. Leave the collection out`,
  );
}

function fieldOf(full: string, f: WireField): FieldEntry {
  const preset = defaultOf(full, f);
  return {
    ...{ name: f.name, description: f.description, type: f.data_type, params: paramsOf(f.type_params) },
    ...(f.data_type === "Array" ? { elementType: f.element_type } : {}),
    ...{ primaryKey: f.is_primary_key, autoId: f.autoID, partitionKey: f.is_partition_key },
    ...{ clusteringKey: f.is_clustering_key ?? false, nullable: f.nullable ?? false },
    ...{ computed: f.is_function_output ?? false },
    ...(preset === undefined ? {} : { default: preset }),
  };
}

function defaultOf(full: string, { name, data_type, default_value }: WireField): FieldEntry["default"] {
  if (!default_value) return undefined;
  // "long_data" of values is "long_data" of a default, too.
  const value = default_value[SCALARS[data_type]?.wire ?? ""];
  if (["string", "number", "boolean"].includes(typeof value)) return value as FieldEntry["default"];
  throw new Error(
    `${full}: the default of ${name} (${data_type}) cannot be carried. Leave the collection out`,
  );
}

function functionOf(f: WireFunction): FunctionEntry {
  return {
    ...{ name: f.name, description: f.description, type: f.type },
    ...{ inputs: f.input_field_names, outputs: f.output_field_names, params: paramsOf(f.params) },
  };
}
