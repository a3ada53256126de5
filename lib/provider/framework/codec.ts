import { decodeDynamic, encodeDynamic } from "../protocol/dynamic-value";
import type { DynamicValue } from "../protocol/messages";
import { hasUnknown, type Type, type Value } from "../protocol/value";
import type { Attributes, Fields, Schema } from "./schema";
import { objectType } from "./wire-schema";

/** Between the bytes of the protocol and the objects of one schema. */
export class Codec {
  readonly type: Type;

  constructor(readonly schema: Schema) {
    this.type = objectType(schema.attributes);
  }

  get attributes(): Attributes {
    return this.schema.attributes;
  }

  decode(value: DynamicValue | null): Fields | null {
    return decodeDynamic(value, this.type) as Fields | null;
  }

  encode(value: Fields | null): DynamicValue {
    return encodeDynamic(value, this.type);
  }

  /** Of a state: it must be complete. A value left open is a mistake in a provider. */
  encodeKnown(value: Fields): DynamicValue {
    const open = Object.keys(value).find((name) => hasUnknown(value[name] as Value));
    if (open !== undefined) throw new Error(`the provider left ${open} unknown; please report this`);
    return this.encode(value);
  }
}

/** Private state is a JSON object; Terraform keeps it as bytes. */
export const decodePrivate = (bytes: Uint8Array | null): Record<string, unknown> =>
  bytes?.length ? (JSON.parse(Buffer.from(bytes).toString("utf8")) as Record<string, unknown>) : {};

export const encodePrivate = (value: Record<string, unknown>): Uint8Array =>
  Buffer.from(JSON.stringify(value));
