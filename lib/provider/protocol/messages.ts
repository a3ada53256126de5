/** The messages of tfplugin6.ts as TypeScript sees them. Absent messages are undefined or null, absent scalars have their default. */

export interface DynamicValue {
  msgpack?: Uint8Array;
  json?: Uint8Array;
}

export type PathStep =
  { attribute_name: string } | { element_key_string: string } | { element_key_int: number };

export interface WireDiagnostic {
  severity: "ERROR" | "WARNING";
  summary: string;
  detail: string;
  attribute?: { steps: PathStep[] };
}

export interface WireAttribute {
  name: string;
  type?: Uint8Array;
  nested_type?: { attributes: WireAttribute[]; nesting: "SINGLE" | "LIST" };
  description: string;
  required: boolean;
  optional: boolean;
  computed: boolean;
  sensitive: boolean;
}

export interface WireSchema {
  version: number;
  block: { version: number; attributes: WireAttribute[]; description: string };
}

interface Diagnosed {
  diagnostics: WireDiagnostic[];
}

interface ConfigRequest {
  type_name: string;
  config: DynamicValue;
}

/** Request and response of each method that we serve. */
export interface Rpc {
  GetProviderSchema: {
    request: object;
    response: Diagnosed & {
      provider: WireSchema;
      resource_schemas: Record<string, WireSchema>;
      data_source_schemas: Record<string, WireSchema>;
      server_capabilities: { plan_destroy: boolean; get_provider_schema_optional: boolean };
    };
  };
  ValidateProviderConfig: { request: { config: DynamicValue }; response: Diagnosed };
  ConfigureProvider: {
    request: { terraform_version: string; config: DynamicValue };
    response: Diagnosed;
  };
  StopProvider: { request: object; response: { Error: string } };
  ValidateResourceConfig: { request: ConfigRequest; response: Diagnosed };
  ValidateDataResourceConfig: { request: ConfigRequest; response: Diagnosed };
  UpgradeResourceState: {
    request: { type_name: string; version: number; raw_state: { json: Uint8Array } };
    response: Diagnosed & { upgraded_state?: DynamicValue };
  };
  ReadResource: {
    request: { type_name: string; current_state: DynamicValue; private: Uint8Array };
    response: Diagnosed & { new_state?: DynamicValue; private?: Uint8Array };
  };
  PlanResourceChange: {
    request: {
      type_name: string;
      prior_state: DynamicValue;
      proposed_new_state: DynamicValue;
      config: DynamicValue;
      prior_private: Uint8Array;
    };
    response: Diagnosed & {
      planned_state?: DynamicValue;
      requires_replace?: { steps: PathStep[] }[];
      planned_private?: Uint8Array;
    };
  };
  ApplyResourceChange: {
    request: {
      type_name: string;
      prior_state: DynamicValue;
      planned_state: DynamicValue;
      config: DynamicValue;
      planned_private: Uint8Array;
    };
    response: Diagnosed & { new_state?: DynamicValue; private?: Uint8Array };
  };
  ImportResourceState: {
    request: { type_name: string; id: string };
    response: Diagnosed & {
      imported_resources: { type_name: string; state: DynamicValue; private: Uint8Array }[];
    };
  };
  ReadDataSource: { request: ConfigRequest; response: Diagnosed & { state?: DynamicValue } };
}

/** What serves the protocol. A rejected promise becomes a gRPC error: report what a user caused as a diagnostic. */
export type ProviderService = {
  [Method in keyof Rpc]: (request: Rpc[Method]["request"]) => Promise<Rpc[Method]["response"]>;
};
