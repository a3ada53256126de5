import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Recipe } from "./images/catalogue";
import { CACHE, IMAGES } from "./paths";
import { stage } from "./progress";
import { docker, run, tryRun } from "./run";

const HASH_LENGTH = 12;
const CONTEXTS = join(CACHE, "contexts");
const contextOf = (recipe: Recipe): string => join(CONTEXTS, `${recipe.name}-${hashOf(recipe)}`);

/** An image is named by the hash of all that goes into it, so an unchanged recipe is never built again. */
export function imageOf(recipe: Recipe): string {
  return `lab/${recipe.name}:${hashOf(recipe)}`;
}

/** Builds what is missing; light recipes and heavy ones go side by side, heavy ones one at a time. */
export async function buildAll(recipes: readonly Recipe[]): Promise<void> {
  const missing = await filterMissing(recipes);
  const lanes = [missing.filter((recipe) => recipe.heavy), missing.filter((recipe) => !recipe.heavy)];
  await Promise.all(
    lanes.map(async (lane) => {
      for (const recipe of lane) await build(recipe);
    }),
  );
}

async function filterMissing(recipes: readonly Recipe[]): Promise<Recipe[]> {
  const present = await Promise.all(recipes.map((recipe) => exists(imageOf(recipe))));
  return recipes.filter((_, index) => !present[index]);
}

const running = new Map<string, Promise<void>>();

/** A base that two recipes wait for is built once. */
function build(recipe: Recipe): Promise<void> {
  const image = imageOf(recipe);
  const known = running.get(image);
  if (known) return known;
  const work = buildMissing(recipe, image);
  running.set(image, work);
  return work;
}

async function buildMissing(recipe: Recipe, image: string): Promise<void> {
  if (await exists(image)) return;
  await stage(`image ${image} built`, async () => {
    const context = await prepare(recipe);
    if (recipe.base) await build(recipe.base);
    await dockerBuild(image, context, recipe.base && imageOf(recipe.base));
    await forgetOlder(recipe);
  });
}

/** Drops what earlier versions of a recipe left, but for images that a container still uses: Docker refuses those. */
async function forgetOlder(recipe: Recipe): Promise<void> {
  const all = await docker("images", "--format", "{{.Repository}}:{{.Tag}}", `lab/${recipe.name}`);
  const older = all.split("\n").filter((image) => image && image !== imageOf(recipe));
  await Promise.all(older.map((image) => tryRun("docker", ["rmi", image])));
  const isOlder = new RegExp(`^${recipe.name}-[0-9a-f]{${HASH_LENGTH}}(?<!${hashOf(recipe)})(\\.prepared)?$`);
  for (const entry of readdirSync(CONTEXTS).filter((name) => isOlder.test(name))) {
    rmSync(join(CONTEXTS, entry), { recursive: true });
  }
}

/** The legacy builder is named because it is the one that every Docker has, with or without the buildx plugin. */
export async function dockerBuild(image: string, context: string, base?: string): Promise<void> {
  const baseArgument = base ? ["--build-arg", `BASE=${base}`] : [];
  await run("docker", ["build", "--quiet", "--network", "host", ...baseArgument, "-t", image, context], {
    env: { DOCKER_BUILDKIT: "0" },
    timeoutMs: 15 * 60_000,
  });
}

/** Fills the build context. What was fetched or compiled stays there, for a machine that lost its images but not its cache. */
async function prepare(recipe: Recipe): Promise<string> {
  const context = contextOf(recipe);
  const marker = `${context}.prepared`;
  if (existsSync(marker)) return context;
  rmSync(context, { recursive: true, force: true }); // what an interrupted run left
  mkdirSync(context, { recursive: true });
  cpSync(join(IMAGES, recipe.folder), context, { recursive: true });
  if (existsSync(join(context, "prepare.sh"))) {
    await run("bash", ["prepare.sh"], {
      cwd: context,
      env: { ...recipe.env, LAB_IMAGES: IMAGES },
      timeoutMs: 30 * 60_000,
    });
  }
  writeFileSync(marker, "");
  return context;
}

export async function exists(image: string): Promise<boolean> {
  return (await tryRun("docker", ["image", "inspect", "--format", "{{.Id}}", image])).code === 0;
}

function hashOf(recipe: Recipe): string {
  const hash = createHash("sha256");
  if (recipe.base) hash.update(hashOf(recipe.base));
  hash.update(JSON.stringify(recipe.env));
  const folder = join(IMAGES, recipe.folder);
  for (const file of filesOf(folder)) hash.update(file).update(readFileSync(join(folder, file)));
  if (recipe.heavy) hash.update(readFileSync(join(IMAGES, "go.sh")));
  return hash.digest("hex").slice(0, HASH_LENGTH);
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.path, entry.name).slice(folder.length + 1))
    .sort();
}
