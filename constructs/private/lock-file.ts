import { satisfies } from "./version-constraint";

/** A provider that the stack requires. */
export interface RequiredProvider {
  /** As written in required_providers: "null", "hashicorp/null" or with a host name. */
  readonly source: string;
  /** Version constraint; absent means any. */
  readonly version?: string;
}

/** The lock of a provider whose files we place ourselves. */
export interface OwnLock {
  readonly source: string;
  readonly version: string;
  /** `h1:` hash of its directory for each platform. */
  readonly hashes: readonly string[];
}

/**
 * Content of `.terraform.lock.hcl` for a stack: our own provider locked, every other provider left to Terraform.
 *
 * `cdktf` (cli-core 0.21, cdktf-stack.js) runs `terraform providers lock` unless the lock file names every required
 * provider; that command asks each provider's registry, and ours has none. It looks for `provider "…" {` line by line and
 * so also inside a comment, where Terraform sees nothing: the comment stops the command, and `terraform init`, which
 * cdktf runs in any case, selects, verifies and locks the other providers as it does without cdktf.
 *
 * Locks that Terraform wrote for other providers are kept, except where the constraint has moved away from the locked
 * version: there Terraform would refuse, and the user has just asked for another version.
 */
export function lockFile(existing: string, own: OwnLock, required: readonly RequiredProvider[]): string {
  const others = required.map(normalise).filter((p) => p.source !== own.source);
  const kept = blocks(existing).filter(
    (b) => b.source !== own.source && !others.some((o) => conflicts(b, o)),
  );
  const locks = [{ source: own.source, text: ownBlock(own) }, ...kept].sort((a, b) =>
    a.source < b.source ? -1 : 1,
  );
  return [HEADER, ...locks.map((b) => b.text), ...(others.length > 0 ? [comment(others)] : [])].join("\n");
}

const HEADER = "# Maintained by cdktf-milvus-onprem (its own provider) and by terraform init (all others).\n";

interface Block {
  readonly source: string;
  readonly version: string;
  readonly text: string;
}

function blocks(lock: string): Block[] {
  const uncommented = lock.replace(/\/\*[\s\S]*?\*\//g, "");
  return [...uncommented.matchAll(/^provider "([^"]+)" \{\n[\s\S]*?^\}\n/gm)].map((m) => ({
    source: m[1] ?? "",
    version: /^\s*version\s*=\s*"([^"]*)"/m.exec(m[0])?.[1] ?? "",
    text: m[0],
  }));
}

function conflicts(lock: Block, required: RequiredProvider): boolean {
  return (
    lock.source === required.source &&
    required.version !== undefined &&
    !satisfies(lock.version, required.version)
  );
}

function ownBlock({ source, version, hashes }: OwnLock): string {
  const lines = [...hashes].sort().map((hash) => `    "${hash}",\n`);
  return `provider "${source}" {\n  version     = "${version}"\n  constraints = "${version}"\n  hashes = [\n${lines.join("")}  ]\n}\n`;
}

/** `>= 0` because cdktf compares it with the required constraint as if that were a version. */
function comment(others: readonly RequiredProvider[]): string {
  const entries = others.map((p) => `provider "${p.source}" {\n  constraints = ">= 0"\n}\n`);
  return `/* For cdktf's eyes only: terraform init locks these.\n${entries.join("")}*/\n`;
}

/** Full source address. Source: https://developer.hashicorp.com/terraform/language/providers/requirements#source-addresses */
function normalise({ source, version }: RequiredProvider): RequiredProvider {
  const parts = source.split("/");
  const full = ["registry.terraform.io", "hashicorp"].slice(0, Math.max(3 - parts.length, 0)).concat(parts);
  return { source: full.join("/"), version };
}
