import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dirhash, type HashedFile } from "./dirhash";
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
  const content = readFileSync(program);
  const hashes = PLATFORMS.map((platform) => {
    const directory = join(stackDirectory, "terraform.d/plugins", PROVIDER_SOURCE, version, platform);
    return placePackage(directory, { path: `terraform-provider-milvus_v${version}`, content }, platform);
  });
  const lock = join(stackDirectory, ".terraform.lock.hcl");
  const existing = existsSync(lock) ? readFileSync(lock, "utf8") : "";
  writeFileSync(lock, lockFile(existing, { source: PROVIDER_SOURCE, version, hashes }, required));
}

/**
 * The script is the same everywhere, so a file that names the platform tells the packages apart: with one hash for all,
 * `terraform init` would warn that the lock file holds for this platform only.
 */
function placePackage(directory: string, program: HashedFile, platform: string): string {
  const marker = { path: "PLATFORM", content: Buffer.from(`${platform}\n`) };
  writeProgram(join(directory, program.path), program.content);
  writeFileSync(join(directory, marker.path), marker.content);
  return dirhash([program, marker]);
}

/** Writes an executable file whole or not at all; an equal one stays untouched. */
export function writeProgram(path: string, content: Buffer): void {
  if (existsSync(path) && readFileSync(path).equals(content)) return chmodSync(path, 0o755);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, content);
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
}
