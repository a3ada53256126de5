import type { ProviderService } from "../protocol/messages";
import { Codec } from "./codec";
import type { Operations } from "./operations";
import type { DataSource } from "./resource";
import { defaultsOf } from "./planning";
import type { Attributes, DraftModel, Fields } from "./schema";
import { validateAttributes } from "./validation";

type DataSourceMethods = Pick<ProviderService, "ValidateDataResourceConfig" | "ReadDataSource">;

/** How data sources answer the protocol. */
export function dataSourceMethods(
  dataSources: readonly DataSource[],
  operations: Operations,
): DataSourceMethods {
  const served = new Map(
    dataSources.map((source) => [source.type, { source, codec: new Codec(source.schema) }]),
  );
  const find = (type: string): { source: DataSource; codec: Codec } => {
    const found = served.get(type);
    if (!found) throw new Error(`this provider has no data source ${type}`);
    return found;
  };
  return {
    ValidateDataResourceConfig: async (request) => {
      const { source, codec } = find(request.type_name);
      const o = { name: `validate ${source.type}`, codec, fallback: {} };
      return operations.run(o, async ({ diagnostics }) => {
        const config = codec.decode(request.config) ?? {};
        validateAttributes(codec.attributes, config, diagnostics);
        await source.validate?.(config as DraftModel<Attributes>, diagnostics);
        return {};
      });
    },
    ReadDataSource: async (request) => {
      const { source, codec } = find(request.type_name);
      const o = { name: `read ${source.type}`, codec, fallback: {} };
      return operations.run(o, async (context) => {
        const given = codec.decode(request.config) ?? {};
        const config = { ...given, ...defaultsOf(codec.attributes, given) };
        const found = (await source.read({ ...context, config })) as Fields;
        return { state: codec.encodeKnown({ ...config, ...found }) };
      });
    },
  };
}
