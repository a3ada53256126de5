import { existsSync } from "node:fs";
import { join } from "node:path";
import { name, version } from "../../package.json";

/** Programs that travel with the library, as `npm run build` puts them into dist/. */
export type Program = "terraform-provider-milvus" | "milvus-onprem";

/** Version of this package, and so of its Terraform provider. */
export const packageVersion: string = version;

/** Absolute path of a built program. Throws with the way out when it is not built. */
export function builtProgram(program: Program): string {
  const base = join(__dirname, "../..");
  const path = [join(base, program), join(base, "dist", program)].find((p) => existsSync(p));
  if (path !== undefined) return path;
  throw new Error(
    `${name}: ${program} is missing below ${base}; the published package has it, in a checkout run \`npm run build\` first`,
  );
}
