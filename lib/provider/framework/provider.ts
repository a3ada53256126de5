import { log } from "../log";
import type { ProviderService } from "../protocol/messages";
import { dataSourceMethods } from "./data-source-methods";
import { Operations } from "./operations";
import type { DataSource, Resource } from "./resource";
import { resourceMethods } from "./resource-methods";
import { wireSchema } from "./wire-schema";

export interface ProviderDefinition {
  readonly resources: readonly Resource[];
  readonly dataSources?: readonly DataSource[];
}

/** A Terraform provider without configuration of its own. Throws when a schema contradicts itself. */
export function createProvider(definition: ProviderDefinition): ProviderService {
  const { resources, dataSources = [] } = definition;
  const operations = new Operations();
  const schemas = {
    provider: wireSchema({ attributes: {} }),
    resource_schemas: Object.fromEntries(resources.map((r) => [r.type, wireSchema(r.schema)])),
    data_source_schemas: Object.fromEntries(dataSources.map((d) => [d.type, wireSchema(d.schema)])),
    server_capabilities: { plan_destroy: true, get_provider_schema_optional: true },
    diagnostics: [],
  };
  return {
    GetProviderSchema: async () => schemas,
    ValidateProviderConfig: async () => ({ diagnostics: [] }),
    ConfigureProvider: async ({ terraform_version }) => {
      log.debug(`configured by Terraform ${terraform_version}`);
      return { diagnostics: [] };
    },
    StopProvider: async () => {
      operations.cancel();
      return { Error: "" };
    },
    ...resourceMethods(resources, operations),
    ...dataSourceMethods(dataSources, operations),
  };
}
