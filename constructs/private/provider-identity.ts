import { packageVersion } from "./package";

/** Local name of the provider in Terraform configuration. */
export const PROVIDER_NAME = "milvus";

/** A host name of our own: Terraform and OpenTofu read it alike, and `.internal` never resolves publicly. */
export const PROVIDER_SOURCE = "milvus-onprem.internal/milvus-onprem/milvus";

/** What cdktf wants to know about the provider behind a resource. */
export const PROVIDER_METADATA = {
  providerName: PROVIDER_NAME,
  providerVersion: packageVersion,
  providerVersionConstraint: packageVersion,
} as const;
