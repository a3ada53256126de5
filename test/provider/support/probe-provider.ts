/** A provider for tests: its resource holds every kind of value and misbehaves on request. */
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  bool,
  createProvider,
  list,
  map,
  number,
  object,
  objects,
  string,
  UNKNOWN,
  type DataSource,
  type Resource,
} from "../../../lib/provider/framework";
import { log } from "../../../lib/provider/log";
import { serve } from "../../../lib/provider/protocol/serve";

const login = object(
  {
    user: string({ required: true }),
    port: number({ default: 22, validate: (p) => (p < 65536 ? undefined : `${p} is no port`) }),
    password: string({ optional: true, sensitive: true }),
  },
  { optional: true },
);

const attributes = {
  name: string({ required: true, replace: true }),
  behaviour: string({
    optional: true,
    validate: (b) => (b === "invalid" ? "must not be invalid" : undefined),
  }),
  text: string({ optional: true }),
  amount: number({ optional: true }),
  amounts: list("number", { optional: true }),
  tags: map("string", { optional: true }),
  flag: bool({ default: true }),
  secret: string({ optional: true, sensitive: true }),
  login,
  members: objects({ name: string({ required: true }), login }, { optional: true }),
  either: string({ optional: true, computed: true, keep: true }),
  id: string({ computed: true, keep: true }),
  touched: number({ computed: true }),
};

/** Marks for the test, one a line, in the file that $PROBE_MARKS names. */
function mark(text: string): void {
  if (process.env.PROBE_MARKS) appendFileSync(process.env.PROBE_MARKS, `${text}\n`);
}

const thing: Resource<typeof attributes> = {
  type: "probe_thing",
  schema: { version: 2, attributes },
  upgrade: {
    0: ({ label, ...rest }) => ({ ...rest, name: label }),
    1: (state) => ({ ...state, amounts: [state.amount] }),
  },

  validate(config, diagnostics) {
    if (config.behaviour === "clash" && config.text !== null) {
      diagnostics.error("Clash", "text cannot go with this behaviour", ["text"]);
    }
  },

  plan({ planned, diagnostics, prior, private: kept, changed }) {
    mark(`plan ${planned.name === UNKNOWN ? "unknown" : "known"}`);
    if (planned.behaviour === "refuse") {
      const paths = JSON.parse(String(planned.text)) as (string | number)[][];
      for (const path of paths) diagnostics.error("Refused", path.join(" "), path);
    }
    if (planned.behaviour === "warn") diagnostics.warning("Watch out", "this is a warning", ["behaviour"]);
    if (prior !== null && changed("text")) kept.changes = Number(kept.changes ?? 0) + 1;
  },

  planDelete({ state, diagnostics }) {
    if (state.behaviour === "protected") diagnostics.error("Protected", "not to be destroyed", ["behaviour"]);
  },

  async create(c) {
    const { planned, signal } = c;
    log.info(`creating ${planned.name}`);
    if (planned.behaviour === "fail") throw new Error("no luck");
    if (planned.behaviour === "slow") {
      mark("waiting");
      await sleep(60_000, undefined, { signal }).catch(() => mark("cancelled"));
      signal.throwIfAborted();
    }
    // Anew, where plan changes what there is.
    c.private = { ...c.private, created: "by create" };
    return { id: `id of ${planned.name}`, touched: 1, either: planned.either ?? "mine" };
  },

  async read({ state, private: kept }) {
    mark(`read with ${JSON.stringify(kept)}`);
    return state.behaviour === "vanish" ? null : state;
  },

  async update({ prior, planned, private: kept }) {
    mark(`update with ${JSON.stringify(kept)}`);
    if (planned.behaviour === "fail") throw new Error("no luck");
    return { touched: (prior.touched ?? 0) + 1 };
  },

  async import(id) {
    return { name: id, id: `id of ${id}`, flag: true, touched: 0, either: "mine" };
  },
};

const echoAttributes = {
  say: string({ required: true }),
  loud: bool({ default: false }),
  said: string({ computed: true }),
};

const echo: DataSource<typeof echoAttributes> = {
  type: "probe_echo",
  schema: { attributes: echoAttributes },
  async read({ config, diagnostics }) {
    if (config.say === "") diagnostics.error("Nothing to say", undefined, ["say"]);
    return { said: config.loud ? config.say.toUpperCase() : config.say };
  },
};

void serve(createProvider({ resources: [thing], dataSources: [echo] }));
