import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const NAME = "cdktf-milvus-onprem";

/** Programs that travel with the library, as `npm run build` puts them into dist/. */
export type Program = "terraform-provider-milvus" | "milvus-onprem";

/** Directory of this package, whether it runs from dist/ or from sources. */
export const packageRoot = findRoot(__dirname);

/** Version of this package, and so of its Terraform provider. */
export const packageVersion: string = manifestOf(packageRoot).version;

/** Absolute path of a built program. Throws with the way out when it is not built. */
export function builtProgram(name: Program): string {
  const path = join(packageRoot, "dist", name);
  if (!existsSync(path)) {
    throw new Error(
      `${NAME}: ${path} is missing; the program is part of the published package, in a checkout run \`npm run build\` first`,
    );
  }
  return path;
}

function findRoot(from: string): string {
  if (existsSync(join(from, "package.json")) && manifestOf(from).name === NAME) return from;
  if (dirname(from) === from) throw new Error(`${NAME}: no package.json of this package above ${__dirname}`);
  return findRoot(dirname(from));
}

function manifestOf(directory: string): { name: string; version: string } {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
}
