import type { ConfigValue } from "../spec/spec";

/** Values of milvus.yaml by dotted key. */
export type Settings = Record<string, ConfigValue>;
