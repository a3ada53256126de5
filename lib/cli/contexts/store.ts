import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { quote } from "../../host/shell";

/** How to reach one cluster from here. */
export interface Context {
  /** host:port of its peers' daemons. */
  readonly endpoints: readonly string[];
  readonly caCertPem: string;
  readonly token: string;
  /** A token that is about to replace it: which of the two counts is known once the rotation has ended. */
  readonly nextToken?: string;
}

export interface Contexts {
  /** Name of the one that counts when no other is named. */
  readonly current?: string;
  readonly contexts: Readonly<Record<string, Context>>;
}

const schema = z.object({
  current: z.string().optional(),
  contexts: z.record(
    z.string(),
    z.object({
      endpoints: z.array(z.string()).min(1),
      caCertPem: z.string().min(1),
      token: z.string().min(1),
      nextToken: z.string().optional(),
    }),
  ),
});

/** `$XDG_CONFIG_HOME` or `~/.config`. */
export function contextsFile(): string {
  const base = process.env.XDG_CONFIG_HOME || join(homedir(), ".config");
  return join(base, "milvus-onprem", "contexts.json");
}

/** What is known; nothing when there is no file. Throws when others could read it, or it is damaged. */
export async function readContexts(): Promise<Contexts> {
  const path = contextsFile();
  const info = await stat(path).catch(unlessMissing);
  if (!info) return { contexts: {} };
  if ((info.mode & 0o077) !== 0) {
    const mode = (info.mode & 0o777).toString(8).padStart(4, "0");
    throw new Error(
      `${path} holds tokens and can be read by others (mode ${mode}): run chmod 600 ${quote(path)}, and rotate the tokens if others are on this machine`,
    );
  }
  const found = schema.safeParse(parse(await readFile(path, "utf8")));
  if (found.success) return found.data;
  throw new Error(`${path} is damaged: remove it, and add the contexts again`);
}

/** Changes what is known; the file is replaced as a whole, and never readable by others. */
export async function changeContexts(change: (before: Contexts) => Contexts): Promise<void> {
  const path = contextsFile();
  const after = change(await readContexts());
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await chmod(dirname(path), 0o700);
  const fresh = `${path}.${randomBytes(4).toString("hex")}`;
  await writeFile(fresh, `${JSON.stringify(after, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  await rename(fresh, path);
}

/** Adds a context, or replaces the one of that name. */
export async function saveContext(name: string, context: Context): Promise<void> {
  await changeContexts((before) => ({
    ...before,
    contexts: { ...before.contexts, [name]: context },
  }));
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw new Error(`cannot read ${contextsFile()} (${error.code})`, { cause: error });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
