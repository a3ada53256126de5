import { DataType, type FieldType, type FunctionObject, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { messageOf } from "../../wait";
import type { CollectionEntry, FieldEntry } from "../manifest";
import { pairsOf, type MilvusCalls } from "./calls";
import { fullName } from "./context";
import { knowsIndex } from "./fit";
import type { CollectionName } from "./names";

const CALL_MS = 60_000;

/** Makes an empty collection like one of a backup, with its partitions, under another name. */
export async function createLike(
  client: MilvusClient,
  calls: MilvusCalls,
  c: CollectionEntry,
  as: CollectionName,
): Promise<void> {
  const what = `create ${fullName(as)}`;
  const keyed = c.fields.some(({ partitionKey }) => partitionKey);
  const where = { db_name: as.database, collection_name: as.name };
  // The SDK throws what Milvus refuses, and wraps it in words of its own.
  await client
    .createCollection({
      ...where,
      description: c.description,
      fields: c.fields.map(fieldType),
      ...(c.functions.length > 0 ? { functions: c.functions.map(functionType) } : {}),
      ...{ enable_dynamic_field: c.dynamicFields, shards_num: c.shards, timeout: CALL_MS },
      consistency_level: c.consistencyLevel,
      ...(keyed ? { num_partitions: c.partitions.length } : {}),
    })
    .then(
      (status) => {
        if (status.error_code !== "Success") throw new Error(`${what}: ${status.reason}`);
      },
      (error: unknown) => {
        throw new Error(`${what}: ${(error as { reason?: string }).reason ?? messageOf(error)}`);
      },
    );
  if (Object.keys(c.properties).length > 0) {
    const request = { ...where, properties: pairsOf(c.properties) };
    await calls.ask(`set the properties of ${fullName(as)}`, "AlterCollection", request);
  }
  if (keyed) return;
  for (const partition_name of c.partitions.filter((p) => p !== "_default")) {
    const request = { ...where, partition_name };
    await calls.ask(`create partition ${partition_name} of ${fullName(as)}`, "CreatePartition", request);
  }
}

/** All indexes that this version knows. */
export async function createIndexes(
  calls: MilvusCalls,
  c: CollectionEntry,
  as: CollectionName,
  version: string,
): Promise<void> {
  for (const { name, field, params } of c.indexes) {
    if (!knowsIndex(params.index_type, version)) continue;
    await calls.ask(`create index ${name} of ${fullName(as)}`, "CreateIndex", {
      ...{ db_name: as.database, collection_name: as.name, field_name: field, index_name: name },
      extra_params: pairsOf(params),
    });
  }
}

function fieldType(f: FieldEntry): FieldType {
  return {
    ...{ name: f.name, description: f.description, data_type: DataType[f.type as keyof typeof DataType] },
    ...{ is_primary_key: f.primaryKey, autoID: f.autoId, is_partition_key: f.partitionKey },
    ...(f.clusteringKey ? { is_clustering_key: true } : {}),
    ...(f.nullable ? { nullable: true } : {}),
    ...(f.default === undefined ? {} : { default_value: f.default as FieldType["default_value"] }),
    ...(f.elementType ? { element_type: DataType[f.elementType as keyof typeof DataType] } : {}),
    ...(f.computed ? { is_function_output: true } : {}),
    type_params: f.params,
  };
}

function functionType(f: CollectionEntry["functions"][number]): FunctionObject {
  return {
    ...{ name: f.name, description: f.description, type: f.type as unknown as FunctionObject["type"] },
    ...{ input_field_names: f.inputs, output_field_names: f.outputs, params: f.params },
  };
}
