import { X509Certificate } from "node:crypto";
import type { Command } from "commander";
import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { contextCluster } from "../connection";
import { learnContext } from "../contexts/learn";
import { parseContextExport } from "../contexts/parse";
import { changeContexts, readContexts, type Context, type Contexts } from "../contexts/store";
import { EXIT, UsageError } from "../exit";
import { outputOption } from "../options";
import { note, print, type OutputFormat } from "../output";
import { facts, table } from "../table";

export function addContext(program: Command): void {
  const context = program.command("context").description("manage how this machine reaches clusters");
  for (const add of [addAdd, addList, addUse, addShow, addRemove]) add(context);
}

interface AddOptions {
  readonly output: OutputFormat;
  readonly tokenFile?: string;
  readonly from?: string;
}

/** A context as it is shown: without its token. */
interface Shown {
  readonly name: string;
  readonly current: boolean;
  readonly endpoints: readonly string[];
  /** SHA-256 of the CA certificate, as openssl prints it. */
  readonly caSha256: string;
}

const TOKEN_VARIABLE = "MILVUS_ONPREM_TOKEN";
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

function addAdd(context: Command): void {
  context
    .command("add")
    .description("add a cluster, from one of its peers and its token, or from Terraform's outputs")
    .argument("<name>", "how you want to call it")
    .argument("[host:port]", "daemon of any peer")
    .option("--token-file <file>", `file with the token, - for standard input (or set ${TOKEN_VARIABLE})`)
    .option("--from <file>", "JSON of `terraform output -json`, - for standard input")
    .addOption(outputOption())
    .action(async (name: string, endpoint: string | undefined, o: AddOptions) => {
      if (!NAME.test(name)) throw new UsageError(`${name}: a name is letters, digits, ".", "_" and "-"`);
      const added = await given(name, endpoint, o);
      await changeContexts((before) => ({
        current: before.current ?? name,
        contexts: { ...before.contexts, [name]: added },
      }));
      if (o.from !== undefined) await tryOut(name, added);
      await show(name, o.output);
    });
}

async function given(name: string, endpoint: string | undefined, o: AddOptions): Promise<Context> {
  if ((endpoint === undefined) === (o.from === undefined)) {
    throw new UsageError("give a peer's host:port and its token, or --from");
  }
  if (endpoint !== undefined) return learnContext(endpoint, await tokenFrom(o));
  if (o.tokenFile !== undefined)
    throw new UsageError("--token-file belongs to host:port; --from has a token");
  const { endpoints, caCertPem, token } = parseContextExport(await contentOf(o.from!), name);
  return { endpoints, caCertPem, token };
}

/** Never an argument: everybody on a machine sees those. */
async function tokenFrom({ tokenFile }: AddOptions): Promise<string> {
  const token = tokenFile === undefined ? process.env[TOKEN_VARIABLE] : await contentOf(tokenFile);
  if (token?.trim()) return token.trim();
  throw new UsageError(`no token: give --token-file (- for standard input) or set ${TOKEN_VARIABLE}`);
}

function contentOf(file: string): Promise<string> {
  return file === "-" ? readAll(process.stdin) : readFile(file, "utf8");
}

/** Terraform may reach peers by SSH that this machine does not reach at all. */
async function tryOut(name: string, context: Context): Promise<void> {
  const problem = await contextCluster(name, context)
    .ask((client) => client.leader())
    .then(() => undefined)
    .catch((error: Error) => error.message);
  if (problem !== undefined) note(`warning: ${name} is added, but cannot be used just now: ${problem}`);
}

function addList(context: Command): void {
  context
    .command("list")
    .description("list the contexts; * is the current one")
    .addOption(outputOption())
    .action(async ({ output }: { output: OutputFormat }) => {
      const known = await readContexts();
      const contexts = Object.keys(known.contexts).map((name) => shown(known, name));
      print(output, { current: known.current ?? null, contexts }, listText);
      process.exitCode = EXIT.ok;
    });
}

function addUse(context: Command): void {
  context
    .command("use")
    .description("make a context the current one")
    .argument("<name>")
    .addOption(outputOption())
    .action(async (name: string, { output }: { output: OutputFormat }) => {
      await changeContexts((before) => {
        required(before, name);
        return { ...before, current: name };
      });
      await show(name, output);
    });
}

function addShow(context: Command): void {
  context
    .command("show")
    .description("show a context, without its token")
    .argument("[name]", "default: the current one")
    .addOption(outputOption())
    .action(async (name: string | undefined, { output }: { output: OutputFormat }) => {
      const wanted = name ?? (await readContexts()).current;
      if (wanted === undefined) throw new UsageError("there is no current context");
      await show(wanted, output);
    });
}

function addRemove(context: Command): void {
  context
    .command("remove")
    .description("forget a context and its token")
    .argument("<name>")
    .addOption(outputOption())
    .action(async (name: string, { output }: { output: OutputFormat }) => {
      await changeContexts((before) => {
        required(before, name);
        const others = Object.entries(before.contexts).filter(([other]) => other !== name);
        const current = before.current === name ? undefined : before.current;
        return { current, contexts: Object.fromEntries(others) };
      });
      print(output, { removed: name }, () => `context ${name} is removed`);
      process.exitCode = EXIT.ok;
    });
}

async function show(name: string, output: OutputFormat): Promise<void> {
  print(output, shown(await readContexts(), name), showText);
  process.exitCode = EXIT.ok;
}

function shown(known: Contexts, name: string): Shown {
  const { endpoints, caCertPem } = required(known, name);
  const caSha256 = new X509Certificate(caCertPem).fingerprint256;
  return { name, current: known.current === name, endpoints, caSha256 };
}

function required({ contexts }: Contexts, name: string): Context {
  const found = contexts[name];
  if (found) return found;
  const names = Object.keys(contexts).join(", ");
  throw new UsageError(`there is no context ${name}${names && `; there are ${names}`}`);
}

function listText({ contexts }: { contexts: readonly Shown[] }): string {
  const rows = contexts.map((c) => [c.current ? "*" : "", c.name, c.endpoints.join(", ")]);
  return table(["", "name", "daemons"], rows);
}

function showText({ name, current, endpoints, caSha256 }: Shown): string {
  return facts([
    ["context", `${name}${current ? " (current)" : ""}`],
    ["daemons", endpoints.join(", ")],
    ["CA sha256", caSha256],
  ]);
}
