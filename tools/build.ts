/**
 * `npm run build`: dist/ with the library (CommonJS + declarations), the provider and the CLI/daemon, one file each.
 * Skipped when no source has changed since the last build.
 */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROVIDER_HEADER } from "../lib/provider/header";
import { bundle } from "./bundle";
import { bin, must, ROOT } from "./exec";

const DIST = join(ROOT, "dist");
const STAMP = join(DIST, ".built-from");
const SOURCES = [
  "constructs",
  "lib",
  "tools",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "package.json",
];

function digest(): string {
  const hash = createHash("sha256");
  const add = (path: string): void => {
    const full = join(ROOT, path);
    if (!existsSync(full)) return;
    if (!/\.\w+$/.test(path)) {
      for (const name of readdirSync(full).sort()) add(join(path, name));
      return;
    }
    hash.update(path).update(readFileSync(full));
  };
  SOURCES.forEach(add);
  return hash.digest("hex");
}

async function executable(entry: string, name: string, banner: string): Promise<void> {
  const file = join(DIST, name);
  await bundle(join(ROOT, entry), file, banner);
  chmodSync(file, 0o755);
}

/** Builds what is out of date; returns false when nothing was. */
export async function build(): Promise<boolean> {
  const from = digest();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === from) return false;
  rmSync(DIST, { recursive: true, force: true });
  mkdirSync(DIST, { recursive: true });
  await Promise.all([
    executable("lib/provider/main.ts", "terraform-provider-milvus", PROVIDER_HEADER),
    executable("lib/cli/main.ts", "milvus-onprem", "#!/usr/bin/env node"),
    must(bin("tsc"), ["-p", "tsconfig.build.json"]),
  ]);
  writeFileSync(STAMP, from);
  return true;
}

if (require.main === module) {
  void build().then(
    (built) => console.log(built ? "built dist/" : "dist/ is up to date"),
    (error: Error) => {
      console.error(error.message);
      process.exitCode = 1;
    },
  );
}
