/** A small framework for Terraform providers in TypeScript; nothing here knows about Milvus. */
export { Diagnostics, DiagnosticsError, type AttributePath, type Diagnostic } from "./diagnostics";
export { createProvider, type ProviderDefinition } from "./provider";
export type {
  Context,
  CreateContext,
  DataSource,
  PlanContext,
  Resource,
  StateContext,
  UpdateContext,
} from "./resource";
export {
  bool,
  list,
  map,
  number,
  object,
  objects,
  string,
  type Attribute,
  type Attributes,
  type Draft,
  type DraftModel,
  type Model,
  type Schema,
  type Validator,
} from "./schema";
export { Decimal, equal, hasUnknown, UNKNOWN, type Value } from "../protocol/value";
