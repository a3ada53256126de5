import type { DynamicValue, ProviderService, Rpc } from "../protocol/messages";
import { equal, UNKNOWN } from "../protocol/value";
import { Codec, decodePrivate, encodePrivate } from "./codec";
import { wirePath, type AttributePath } from "./diagnostics";
import type { Operations } from "./operations";
import { defaultsOf, planFields, replacements } from "./planning";
import type { Context, PlanContext, Resource } from "./resource";
import type { Attributes, DraftModel, Fields } from "./schema";
import { upgradeState } from "./state-upgrade";
import { validateAttributes } from "./validation";

type ResourceMethods = Pick<
  ProviderService,
  | "ValidateResourceConfig"
  | "UpgradeResourceState"
  | "ReadResource"
  | "PlanResourceChange"
  | "ApplyResourceChange"
  | "ImportResourceState"
>;

interface Served {
  readonly resource: Resource;
  readonly codec: Codec;
  readonly operations: Operations;
}

/** How resources answer the protocol. */
export function resourceMethods(resources: readonly Resource[], operations: Operations): ResourceMethods {
  const served = new Map<string, Served>(
    resources.map((resource) => [resource.type, { resource, operations, codec: new Codec(resource.schema) }]),
  );
  const find = (type: string): Served => {
    const found = served.get(type);
    if (!found) throw new Error(`this provider has no resource ${type}`);
    return found;
  };
  return {
    ValidateResourceConfig: async (request) => validate(find(request.type_name), request),
    UpgradeResourceState: async (request) => upgrade(find(request.type_name), request),
    ReadResource: async (request) => read(find(request.type_name), request),
    PlanResourceChange: async (request) => plan(find(request.type_name), request),
    ApplyResourceChange: async (request) => apply(find(request.type_name), request),
    ImportResourceState: async (request) => importState(find(request.type_name), request),
  };
}

type Handler<Method extends keyof Rpc> = (
  served: Served,
  request: Rpc[Method]["request"],
) => Promise<Rpc[Method]["response"]>;

const validate: Handler<"ValidateResourceConfig"> = ({ resource, codec, operations }, request) =>
  operations.run({ name: `validate ${resource.type}`, codec, fallback: {} }, async ({ diagnostics }) => {
    const config = codec.decode(request.config) ?? {};
    validateAttributes(codec.attributes, config, diagnostics);
    await resource.validate?.(config as DraftModel<Attributes>, diagnostics);
    return {};
  });

const upgrade: Handler<"UpgradeResourceState"> = ({ resource, codec, operations }, request) =>
  operations.run(
    { name: `upgrade the state of ${resource.type}`, codec, fallback: {} },
    async (): Promise<{
      upgraded_state?: DynamicValue;
    }> => {
      const state = upgradeState(resource, codec.type, request.raw_state.json, request.version);
      return { upgraded_state: codec.encode(state) };
    },
  );

const read: Handler<"ReadResource"> = ({ resource, codec, operations }, request) => {
  const o = {
    name: `read ${resource.type}`,
    codec,
    private: decodePrivate(request.private),
    fallback: { new_state: request.current_state, private: request.private },
  };
  return operations.run(o, async (context) => {
    const state = codec.decode(request.current_state) ?? {};
    const found = resource.read ? await resource.read(bound(context, { state })) : state;
    return {
      new_state: found ? codec.encodeKnown(found as Fields) : codec.encode(null),
      private: encodePrivate(context.private),
    };
  });
};

const plan: Handler<"PlanResourceChange"> = ({ resource, codec, operations }, request) => {
  const fallback: { planned_state: DynamicValue } = { planned_state: request.prior_state };
  const o = { name: `plan ${resource.type}`, codec, private: decodePrivate(request.prior_private), fallback };
  return operations.run(o, async (context) => {
    const prior = codec.decode(request.prior_state);
    const proposed = codec.decode(request.proposed_new_state);
    if (proposed === null) {
      await resource.planDelete?.(bound(context, { state: prior ?? {} }));
      return { planned_state: request.proposed_new_state, planned_private: request.prior_private };
    }
    const config = codec.decode(request.config) ?? {};
    const planned = planFields(codec.attributes, prior, proposed, config);
    const replace: AttributePath[] = prior ? replacements(codec.attributes, prior, planned) : [];
    await resource.plan?.(planContext(context, { prior, config, planned, replace }));
    return {
      planned_state: codec.encode(planned),
      planned_private: encodePrivate(context.private),
      requires_replace: replace.map((path) => ({ steps: wirePath(path, codec.type) })),
    };
  });
};

function planContext(
  context: Context,
  o: { prior: Fields | null; config: Fields; planned: Fields; replace: AttributePath[] },
): PlanContext<Attributes> {
  return bound(context, {
    prior: o.prior,
    config: o.config as DraftModel<Attributes>,
    planned: o.planned as DraftModel<Attributes>,
    changed: (name: string) => o.prior !== null && !equal(o.planned[name] ?? null, o.prior[name] ?? null),
    replace: (path: AttributePath) => void o.replace.push(path),
  });
}

const apply: Handler<"ApplyResourceChange"> = ({ resource, codec, operations }, request) => {
  const prior = codec.decode(request.prior_state);
  const planned = codec.decode(request.planned_state);
  const action = prior === null ? "create" : planned === null ? "delete" : "update";
  const o = {
    name: `${action} ${resource.type}`,
    codec,
    private: decodePrivate(request.planned_private),
    fallback: { new_state: request.prior_state, private: request.planned_private },
  };
  return operations.run(o, async (context) => {
    if (planned === null) {
      await resource.delete?.(bound(context, { state: prior ?? {} }));
      return { new_state: request.planned_state };
    }
    const results =
      prior === null
        ? await resource.create(bound(context, { planned: closed(planned) }))
        : await resource.update?.(bound(context, { planned: closed(planned), prior }));
    const state = { ...planned, ...(results as Fields | undefined) };
    return { new_state: codec.encodeKnown(state), private: encodePrivate(context.private) };
  });
};

/** For code that fills in what is open: null reads better than a symbol. */
const closed = (planned: Fields): Fields =>
  Object.fromEntries(
    Object.entries(planned).map(([name, value]) => [name, value === UNKNOWN ? null : value]),
  );

const importState: Handler<"ImportResourceState"> = ({ resource, codec, operations }, request) =>
  operations.run(
    { name: `import ${resource.type}`, codec, fallback: { imported_resources: [] } },
    async (context) => {
      if (!resource.import) throw new Error(`${resource.type} cannot be imported`);
      const found = (await resource.import(request.id, bound(context, {}))) as Fields;
      const state = codec.encodeKnown({ ...found, ...defaultsOf(codec.attributes, found) });
      const imported = { type_name: resource.type, state, private: encodePrivate(context.private) };
      return { imported_resources: [imported] };
    },
  );

/** The operation's context with what else an operation is given. Assignments to `private` reach it: a copy would keep them to itself. */
function bound<T extends object>(context: Context, more: T): Context & T {
  const own: Context = {
    diagnostics: context.diagnostics,
    signal: context.signal,
    get private() {
      return context.private;
    },
    set private(value) {
      context.private = value;
    },
  };
  return Object.assign(own, more);
}
