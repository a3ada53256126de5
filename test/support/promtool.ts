import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../tools/exec";

const DIR = join(ROOT, ".cache/tools/promtool");
const PROMTOOL = join(DIR, "usr/bin/promtool");

/**
 * Path of promtool: the machine's own, or the one of Debian's package, which is unpacked and not installed, for that would start
 * its server. Else why there is none.
 */
export function promtool(): string | { why: string } {
  try {
    return execFileSync("sh", ["-c", "command -v promtool"]).toString().trim();
  } catch {
    return unpacked();
  }
}

function unpacked(): string | { why: string } {
  if (existsSync(PROMTOOL)) return PROMTOOL;
  const staging = `${DIR}.${process.pid}`;
  try {
    mkdirSync(staging, { recursive: true });
    const o = { cwd: staging, stdio: "pipe", timeout: 120_000 } as const;
    execFileSync("apt-get", ["download", "-qq", "-o", "APT::Sandbox::User=root", "prometheus"], o);
    const [archive] = readdirSync(staging).filter((name) => name.endsWith(".deb"));
    execFileSync("dpkg-deb", ["-x", archive!, staging], o);
    rmSync(join(staging, archive!));
    rmSync(DIR, { recursive: true, force: true });
    renameSync(staging, DIR);
    return PROMTOOL;
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    return { why: `Debian's package prometheus cannot be had: ${(error as Error).message.split("\n")[0]}` };
  }
}
