import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exists } from "./build";
import type { Recipe } from "./images/catalogue";
import { CACHE } from "./paths";
import { say } from "./progress";
import { tryRun } from "./run";

const PROBE_IMAGE = "hello-world:latest";
const ONE_DAY_MS = 24 * 60 * 60_000;

/** The official image of a recipe, pulled, where this machine can reach its registry; undefined: it must be built. */
export async function officialImage(recipe: Recipe): Promise<string | undefined> {
  if (!recipe.official || !(await canPull())) return undefined;
  if (await exists(recipe.official)) return recipe.official;
  const pull = await tryRun("docker", ["pull", "--quiet", recipe.official], { timeoutMs: 10 * 60_000 });
  say(
    `${recipe.official}: ${pull.code === 0 ? "the official image is used" : "cannot be pulled, so it is built"}`,
  );
  return pull.code === 0 ? recipe.official : undefined;
}

let answer: Promise<boolean> | undefined;

const canPull = (): Promise<boolean> => (answer ??= probe());

/** Only a "no" is remembered, for a day: asking costs up to five seconds. */
async function probe(): Promise<boolean> {
  const refused = join(CACHE, "no-official-images");
  if (existsSync(refused) && Date.now() - statSync(refused).mtimeMs < ONE_DAY_MS) return false;
  const pull = await tryRun("docker", ["pull", "--quiet", PROBE_IMAGE], { timeoutMs: 5000 }).catch(
    () => undefined,
  );
  if (pull?.code === 0) return true;
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(refused, "");
  say("official images cannot be pulled here: the lab builds its own from package registries");
  return false;
}
