import type { AttributePath, Diagnostics } from "./diagnostics";
import type { Attributes, DraftModel, Model, Schema } from "./schema";

/** What an operation has at hand. */
export interface Context {
  /** Warnings and errors for the user. An error lets the operation fail; a thrown error becomes one. */
  readonly diagnostics: Diagnostics;
  /** Fires when the user interrupts Terraform: stop soon, and leave a state from which the next run continues. */
  readonly signal: AbortSignal;
  /** Kept by Terraform beside the object's state, hidden from users. Plain JSON; may be changed. */
  private: Record<string, unknown>;
}

export interface PlanContext<A extends Attributes> extends Context {
  /** What exists; null before it is created. */
  readonly prior: Model<A> | null;
  /** What the user wrote. */
  readonly config: DraftModel<A>;
  /** What will be, with defaults and unknown computed attributes filled in. Computed attributes may be set. */
  readonly planned: DraftModel<A>;
  /** Whether an attribute will differ from what exists (unknown counts as different). False while creating. */
  changed(name: keyof A & string): boolean;
  /** Asks for another object in place of this one. */
  replace(path: AttributePath): void;
}

export interface StateContext<A extends Attributes> extends Context {
  /** What exists, as last known. */
  readonly state: Model<A>;
}

export interface CreateContext<A extends Attributes> extends Context {
  /** What was planned. Computed attributes that the plan left open are null here; every other value is known. */
  readonly planned: Model<A>;
}

export interface UpdateContext<A extends Attributes> extends CreateContext<A> {
  readonly prior: Model<A>;
}

/** One kind of object that Terraform manages. Only `create` is needed for one that never changes. */
export interface Resource<A extends Attributes = Attributes> {
  /** E.g. "milvus_peer". */
  readonly type: string;
  readonly schema: Schema<A>;
  /** Checks the configuration beyond single attributes. Anything may be unknown, nothing may be reached. */
  validate?(config: DraftModel<A>, diagnostics: Diagnostics): void | Promise<void>;
  /** Refines the plan of a creation or a change, or refuses it. Called twice: again when more is known. */
  plan?(context: PlanContext<A>): void | Promise<void>;
  /** May refuse a destruction while it is planned. */
  planDelete?(context: StateContext<A>): void | Promise<void>;
  /** Returns what the plan left open. When it fails, Terraform records no object. */
  create(context: CreateContext<A>): Promise<Partial<Model<A>>>;
  /** Looks at the object as it is; null says that it is gone for sure. @default the state is the truth */
  read?(context: StateContext<A>): Promise<Model<A> | null>;
  /** Returns what the plan left open. When it fails, Terraform keeps the former state. @default nothing to do */
  update?(context: UpdateContext<A>): Promise<Partial<Model<A>>>;
  /** @default the object is forgotten */
  delete?(context: StateContext<A>): Promise<void>;
  /** State of an object that exists already, from the id in `terraform import`; what is left out has its default. `read` follows. */
  import?(id: string, context: Context): Promise<Partial<Model<A>>>;
  /** Turns a state of schema version n (the key) into one of version n + 1. */
  readonly upgrade?: Readonly<Record<number, (state: Record<string, unknown>) => Record<string, unknown>>>;
}

/** Something that Terraform reads and does not manage. */
export interface DataSource<A extends Attributes = Attributes> {
  readonly type: string;
  readonly schema: Schema<A>;
  validate?(config: DraftModel<A>, diagnostics: Diagnostics): void | Promise<void>;
  /** Returns the computed attributes. Called only when the whole configuration is known. */
  read(context: Context & { readonly config: Model<A> }): Promise<Partial<Model<A>>>;
}
