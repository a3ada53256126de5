import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dirhash } from "./dirhash";
import { lockFile, type RequiredProvider } from "./lock-file";
import { PROVIDER_SOURCE } from "./provider-identity";

/** Where the provider's one script runs; Terraform looks for a directory of its own platform. */
const PLATFORMS = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"] as const;

/**
 * Places the provider where Terraform finds it without a registry, its implied local mirror
 * (https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories), and locks it.
 */
export function placeProvider(
  stackDirectory: string,
  program: string,
  version: string,
  required: readonly RequiredProvider[],
): void {
  const file = `terraform-provider-milvus_v${version}`;
  const content = readFileSync(program);
  for (const platform of PLATFORMS) {
    writeProgram(
      join(stackDirectory, "terraform.d/plugins", PROVIDER_SOURCE, version, platform, file),
      content,
    );
  }
  const lock = join(stackDirectory, ".terraform.lock.hcl");
  const own = { source: PROVIDER_SOURCE, version, hash: dirhash([{ path: file, content }]) };
  writeFileSync(lock, lockFile(existsSync(lock) ? readFileSync(lock, "utf8") : "", own, required));
}

/** Writes an executable file whole or not at all; an equal one stays untouched. */
export function writeProgram(path: string, content: Buffer): void {
  if (existsSync(path) && readFileSync(path).equals(content)) return chmodSync(path, 0o755);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, content);
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
}
