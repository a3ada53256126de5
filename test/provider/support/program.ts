import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { PROVIDER_HEADER } from "../../../lib/provider/header";
import { bundle } from "../../../tools/bundle";

const ROOT = join(__dirname, "../../..");
const SOURCES = ["lib", "lab/null-provider", "test/provider/support", "tools/bundle.ts", "package-lock.json"];

/** A provider as one file, bundled as it is published; made anew only when a source has changed. Returns its path. */
export async function program(entry: string): Promise<string> {
  const path = join(ROOT, ".cache/provider-tests", digest(), entry.replace(/\W+/g, "-"));
  if (existsSync(path)) return path;
  const own = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  await bundle(join(ROOT, entry), own, PROVIDER_HEADER);
  chmodSync(own, 0o755);
  renameSync(own, path);
  return path;
}

export const MILVUS_PROVIDER = "lib/provider/main.ts";
export const NULL_PROVIDER = "lab/null-provider/main.ts";
export const PROBE_PROVIDER = "test/provider/support/probe-provider.ts";

function digest(): string {
  const hash = createHash("sha256");
  const add = (path: string): void => {
    const full = join(ROOT, path);
    if (/\.\w+$/.test(path)) hash.update(path).update(readFileSync(full));
    else
      readdirSync(full)
        .sort()
        .forEach((name) => add(join(path, name)));
  };
  SOURCES.forEach(add);
  return hash.digest("hex").slice(0, 16);
}
