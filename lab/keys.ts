import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock";
import { CACHE } from "./paths";
import { run } from "./run";

export const PRIVATE_KEY = join(CACHE, "id_ed25519");

/** The public half of the key that opens every VM; the pair is made at first use. */
export async function labPublicKey(): Promise<string> {
  if (!existsSync(PRIVATE_KEY)) {
    await withLock("key", async () => {
      if (existsSync(PRIVATE_KEY)) return;
      mkdirSync(CACHE, { recursive: true });
      await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", PRIVATE_KEY]);
      chmodSync(PRIVATE_KEY, 0o600);
    });
  }
  return readFileSync(`${PRIVATE_KEY}.pub`, "utf8").trim();
}
