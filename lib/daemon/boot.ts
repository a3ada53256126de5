import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Tells one boot of this VM from the next. The kernel's own boot id would do the same, but containers that play VMs all have that
 * of their host.
 */
export async function bootId(runDir: string): Promise<string> {
  const path = join(runDir, "boot");
  await mkdir(runDir, { recursive: true });
  // Whoever comes first after a boot says how it is called.
  await writeFile(path, randomUUID(), { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return readFile(path, "utf8");
}
