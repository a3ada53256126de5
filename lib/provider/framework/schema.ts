import type { Type, UNKNOWN, Value } from "../protocol/value";

/** What all attributes can say of themselves. At least one of required, optional, computed or default. */
export interface AttributeOptions<T> {
  /** What it means, its unit and default; shown by `terraform providers schema` and by editors. */
  description?: string;
  required?: boolean;
  optional?: boolean;
  /** The provider decides: always, or (with optional) when the user does not. */
  computed?: boolean;
  /** Never shown in plans and outputs. */
  sensitive?: boolean;
  /** Stands in the plan and the state when the user gives nothing. */
  default?: T;
  /** A change destroys the object and makes another one. */
  replace?: boolean;
  /** Computed: stays as it is through updates, so plans need not say "known after apply". */
  keep?: boolean;
  /** Says what is wrong with a given value, or undefined. Never sees null or unknown. */
  validate?: Validator<T>;
}

export type Validator<T> = (value: T) => string | undefined;

export type Shape =
  | { readonly kind: "string" | "number" | "bool" }
  | { readonly kind: "list" | "map"; readonly element: Type }
  | { readonly kind: "object" | "objects"; readonly attributes: Attributes };

/** Options without the attribute's type, as the framework handles them. */
type ErasedOptions = Omit<AttributeOptions<unknown>, "validate"> & { validate?: Validator<never> };

/** One attribute; `T` is what code sees of it, null included where the user may leave it out. */
export interface Attribute<T = unknown> {
  readonly shape: Shape;
  readonly options: ErasedOptions;
  /** Only a type: carries T. */
  readonly model?: T;
}

export type Attributes = { readonly [name: string]: Attribute };

export interface Schema<A extends Attributes = Attributes> {
  /** Counts up when stored states need an upgrade. @default 0 */
  readonly version?: number;
  readonly description?: string;
  readonly attributes: A;
}

/** What an object of this schema looks like once everything is known. */
export type Model<A extends Attributes> = {
  [K in keyof A]: A[K] extends Attribute<infer T> ? T : never;
};

/** The same while planning: any part may be unknown. */
export type Draft<T> =
  | typeof UNKNOWN
  | (T extends readonly (infer E)[] ? Draft<E>[] : T extends object ? { [K in keyof T]: Draft<T[K]> } : T);

/** The top level of a Draft, which is itself always known. */
export type DraftModel<A extends Attributes> = { [K in keyof Model<A>]: Draft<Model<A>[K]> };

/** What code sees when the user may leave a value out: null, unless the schema says what then. */
type Nullable<O> = O extends { required: true } | { default: unknown } ? never : null;

type Options<T> = AttributeOptions<T>;

export const string = <const O extends Options<string>>(options: O): Attribute<string | Nullable<O>> => ({
  shape: { kind: "string" },
  options,
});

export const number = <const O extends Options<number>>(options: O): Attribute<number | Nullable<O>> => ({
  shape: { kind: "number" },
  options,
});

export const bool = <const O extends Options<boolean>>(options: O): Attribute<boolean | Nullable<O>> => ({
  shape: { kind: "bool" },
  options,
});

interface Primitives {
  string: string;
  number: number;
  bool: boolean;
}
type List<E extends keyof Primitives> = readonly Primitives[E][];
type Map<E extends keyof Primitives> = Readonly<Record<string, Primitives[E]>>;

export const list = <E extends keyof Primitives, const O extends Options<List<E>>>(
  element: E,
  options: O,
): Attribute<List<E> | Nullable<O>> => ({ shape: { kind: "list", element }, options });

export const map = <E extends keyof Primitives, const O extends Options<Map<E>>>(
  element: E,
  options: O,
): Attribute<Map<E> | Nullable<O>> => ({ shape: { kind: "map", element }, options });

/** A nested object with attributes of its own. */
export const object = <A extends Attributes, const O extends Options<Model<A>>>(
  attributes: A,
  options: O,
): Attribute<Model<A> | Nullable<O>> => ({ shape: { kind: "object", attributes }, options });

/** A list of nested objects. */
export const objects = <A extends Attributes, const O extends Options<readonly Model<A>[]>>(
  attributes: A,
  options: O,
): Attribute<readonly Model<A>[] | Nullable<O>> => ({ shape: { kind: "objects", attributes }, options });

/** An object's value, as code that knows only the schema sees it. */
export type Fields = { readonly [name: string]: Value };
