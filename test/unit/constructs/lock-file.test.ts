import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProviderConstraint } from "@cdktf/cli-core/src/lib/dependencies/dependency-manager";
import { TerraformProviderLock } from "@cdktf/cli-core/src/lib/terraform-provider-lock";
import { dirhash } from "../../../constructs/private/dirhash";
import { lockFile, type OwnLock } from "../../../constructs/private/lock-file";

const own: OwnLock = {
  source: "milvus-onprem.internal/milvus-onprem/milvus",
  version: "0.1.0",
  hashes: ["h1:9kuSePdIaSIdqrPZos64LKzw9+DZDi8TYV6bN/xFV7c=", "h1:0"],
};

/** As terraform init writes it. */
const lockedNull = (
  version: string,
  constraints = version,
) => `provider "registry.terraform.io/hashicorp/null" {
  version     = "${version}"
  constraints = "${constraints}"
  hashes = [
    "h1:8eZJopyCht4oWqUVcVz4ibxlZxqQBcDkWbz0wMiu3LQ=",
  ]
}
`;

describe("lockFile", () => {
  it("locks our provider, and names the others only where cdktf looks and Terraform does not", () => {
    expect(lockFile("", own, [own, { source: "null", version: "3.2.4" }, { source: "acme/cloud" }]))
      .toMatchInlineSnapshot(`
"# Maintained by cdktf-milvus-onprem (its own provider) and by terraform init (all others).

provider "milvus-onprem.internal/milvus-onprem/milvus" {
  version     = "0.1.0"
  constraints = "0.1.0"
  hashes = [
    "h1:0",
    "h1:9kuSePdIaSIdqrPZos64LKzw9+DZDi8TYV6bN/xFV7c=",
  ]
}

/* For cdktf's eyes only: terraform init locks these.
provider "registry.terraform.io/hashicorp/null" {
  constraints = ">= 0"
}
provider "registry.terraform.io/acme/cloud" {
  constraints = ">= 0"
}
*/
"
`);
  });

  it("keeps what Terraform locked for others, and replaces an older lock of ours", () => {
    const before =
      lockFile("", { ...own, version: "0.0.9", hashes: ["h1:old"] }, []) + `\n${lockedNull("3.2.4")}`;
    const after = lockFile(before, own, [{ source: "null", version: "3.2.4" }]);
    expect(after).toContain(lockedNull("3.2.4"));
    expect(after).not.toMatch(/0\.0\.9|h1:old/);
  });

  it("drops the lock of a provider whose constraint has moved away, so that init selects anew", () => {
    const after = lockFile(lockedNull("3.2.4", "~> 3.2"), own, [
      { source: "hashicorp/null", version: "~> 3.3" },
    ]);
    expect(after).not.toContain("3.2.4");
    expect(lockFile(lockedNull("3.2.4"), own, [{ source: "null", version: "~> 3.2" }])).toContain(
      lockedNull("3.2.4"),
    );
  });

  it("leaves nothing to write differently the second time", () => {
    const required = [{ source: "null", version: "3.2.4" }];
    const once = lockFile(lockedNull("3.2.4"), own, required);
    expect(lockFile(once, own, required)).toBe(once);
  });
});

describe("cdktf", () => {
  it.each(["3.2.4", "> 3.0", "~> 3.2", ">= 3.0, < 4.0", undefined])(
    "finds every provider in it, and so neither locks nor upgrades any (null %s)",
    async (version) => {
      const directory = mkdtempSync(join(tmpdir(), "lock-"));
      const required = [own, { source: "null", version }];
      const locks = [lockFile("", own, required), lockFile(lockedNull("3.2.4"), own, required)];
      for (const content of locks) {
        writeFileSync(join(directory, ".terraform.lock.hcl"), content);
        const lock = new TerraformProviderLock(directory);
        for (const p of required) {
          expect(await lock.hasMatchingProvider(new ProviderConstraint(p.source, p.version))).toBe(true);
        }
      }
    },
  );
});

describe("dirhash", () => {
  it("is the h1 hash that terraform init computed for the same file", () => {
    const content = Buffer.from("#!/bin/sh\nexit 1\n");
    expect(dirhash([{ path: "terraform-provider-milvus_v0.1.0", content }])).toBe(own.hashes[0]);
  });

  it("does not depend on the order in which files are given", () => {
    const files = ["b", "a", "B"].map((path) => ({ path, content: Buffer.from(path) }));
    expect(dirhash(files)).toBe(dirhash([...files].reverse()));
  });
});
