import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../lab/run";
import { openMilvus } from "../../lib/daemon/milvus";
import { ROOT } from "../../tools/exec";
import { eventually } from "./eventually";
import { freePort } from "./free-port";

const VENV = join(ROOT, ".cache/milvus-lite");
/** Milvus Lite takes the messages of Milvus from pymilvus, and does not say so. */
const PACKAGES = ["milvus-lite==3.2.2", "pymilvus==3.0.2"];

/** The real Milvus Lite, as a developer has it: a process of this machine with a directory of its own. */
export class MilvusLite {
  private constructor(
    private readonly process: ChildProcess,
    private readonly dir: string,
    readonly address: string,
  ) {}

  static async start(): Promise<MilvusLite> {
    if (!existsSync(join(VENV, "ready"))) await install();
    const dir = await mkdtemp(join(tmpdir(), "milvus-lite-"));
    const port = await freePort();
    const args = ["server", "--data-dir", join(dir, "data"), "--host", "127.0.0.1", "--port", String(port)];
    const child = spawn(join(VENV, "bin/milvus-lite"), args, { stdio: "ignore" });
    const lite = new MilvusLite(child, dir, `127.0.0.1:${port}`);
    try {
      await eventually("Milvus Lite answers", 60_000, () => lite.answers());
    } catch (error) {
      await lite.stop();
      throw error;
    }
    return lite;
  }

  async stop(): Promise<void> {
    const { process: child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(this.dir, { recursive: true, force: true });
  }

  private async answers(): Promise<boolean> {
    const client = await openMilvus(this.address, "");
    await client.closeConnection();
    return true;
  }
}

async function install(): Promise<void> {
  await run("python3", ["-m", "venv", VENV]);
  const args = ["-m", "pip", "install", "--quiet", ...PACKAGES];
  await run(join(VENV, "bin/python"), args, { timeoutMs: 300_000 });
  await run("touch", [join(VENV, "ready")]);
}
