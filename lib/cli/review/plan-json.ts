import { z } from "zod";

/** What a review reads of `terraform show -json PLANFILE`: https://developer.hashicorp.com/terraform/internals/json-format */
export interface Plan {
  /** Of managed resources of our own provider, in the plan's order. */
  readonly ours: readonly ResourceChange[];
  /** How many resources of other providers change. */
  readonly others: number;
  /** Terraform stopped in an error: what it refused is not in the plan. */
  readonly errored: boolean;
  /** Some changes are put off until after this plan's. */
  readonly incomplete: boolean;
}

const values = z.record(z.string(), z.unknown());

const changed = z.object({
  mode: z.string(),
  type: z.string(),
  change: z.object({ actions: z.string().array() }),
});

const resourceChange = z.object({
  address: z.string(),
  type: z.string(),
  /** Key of an object that a replacement has left behind. */
  deposed: z.string().optional(),
  change: z.object({
    actions: z.string().array(),
    before: values.nullish(),
    after: values.nullish(),
    after_unknown: z.unknown(),
    before_sensitive: z.unknown(),
    after_sensitive: z.unknown(),
  }),
});

export type ResourceChange = z.infer<typeof resourceChange>;

const document = z.object({
  format_version: z.string(),
  errored: z.boolean().optional(),
  complete: z.boolean().optional(),
  resource_changes: z.unknown().array().optional(),
});

/** The plan in a text. `source` is where the text is from, for errors. */
export function parsePlan(text: string, source: string): Plan {
  const json = parsed(text, source);
  const found = document.safeParse(json);
  if (!found.success) throw new Error(`${source} holds no plan: ${reason(found.error)}. ${HOW}`);
  const { format_version, errored = false, complete = true, resource_changes: changes = [] } = found.data;
  if (!/^1\.\d+$/.test(format_version)) {
    throw new Error(
      `${source} is a plan of format ${format_version}; this program reads format 1, which Terraform writes since 1.1. ` +
        "Use a newer release of milvus-onprem, or of Terraform where the number is below 1.",
    );
  }
  if (Object.hasOwn(json as object, "values"))
    throw new Error(`${source} is a state, not a plan: terraform show was given no plan file. ${HOW}`);
  const managed = changes.map((c, i) => read(changed, c, `${source}: resource_changes[${i}]`));
  const isOurs = managed.map(({ mode, type }) => mode === "managed" && type.startsWith("milvus_"));
  return {
    ours: changes
      .filter((_, i) => isOurs[i])
      .map((c) => read(resourceChange, c, `${source}: a milvus resource`)),
    others: managed.filter(({ mode, change }, i) => mode === "managed" && !isOurs[i] && acts(change)).length,
    errored,
    incomplete: !complete,
  };
}

const HOW = "Make it with: terraform plan -out plan && terraform show -json plan > plan.json";

function parsed(text: string, source: string): unknown {
  if (text.startsWith("PK")) throw new Error(`${source} is a plan file, not its JSON. ${HOW}`);
  if (text.trim() === "") throw new Error(`${source} is empty. ${HOW}`);
  try {
    return JSON.parse(text);
  } catch (error) {
    const messages = text.startsWith('{"@level"');
    const what = messages
      ? "holds the messages of terraform plan -json, not the plan"
      : `is not JSON: ${(error as Error).message}`;
    throw new Error(`${source} ${what}. ${HOW}`);
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  throw new Error(`${where} is not as a plan has it: ${reason(found.error)}. ${HOW}`);
}

/** The first thing that is wrong, without any value. */
function reason({ issues }: z.ZodError): string {
  const { path, message } = issues[0]!;
  return path.length === 0 ? message : `${path.join(".")}: ${message}`;
}

function acts({ actions }: { actions: readonly string[] }): boolean {
  return !actions.every((action) => action === "no-op" || action === "read");
}
