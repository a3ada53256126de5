import { spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A provider as a configuration names it. */
export interface PlacedProvider {
  /** E.g. "probe". */
  readonly name: string;
  /** E.g. "tests.internal/tests/probe". */
  readonly source: string;
  readonly version: string;
  /** Path of the program. */
  readonly program: string;
}

export interface Run {
  readonly code: number | null;
  /** stdout and stderr as they came, without colours. */
  readonly output: string;
}

const PLATFORM = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;

/** A directory in which the real terraform runs, with providers in its implied local mirror. */
export class Workspace {
  readonly directory = mkdtempSync(join(tmpdir(), "provider-test-"));

  constructor(private readonly providers: readonly PlacedProvider[]) {
    for (const { source, version, name, program } of providers) {
      const folder = join(this.directory, "terraform.d/plugins", source, version, PLATFORM);
      mkdirSync(folder, { recursive: true });
      copyFileSync(program, join(folder, `terraform-provider-${name}_v${version}`));
    }
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, content: string): void {
    writeFileSync(this.path(name), content);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  /** Writes main.tf: the given text below the providers' requirements. */
  configure(hcl: string): void {
    const required = this.providers.map(
      ({ name, source, version }) => `    ${name} = { source = "${source}", version = "${version}" }`,
    );
    this.write("main.tf", `terraform {\n  required_providers {\n${required.join("\n")}\n  }\n}\n${hcl}\n`);
  }

  /** Configures and initialises. */
  async init(hcl: string): Promise<void> {
    this.configure(hcl);
    const { code, output } = await this.terraform(["init"]);
    if (code !== 0) throw new Error(output);
  }

  /** Runs terraform to its end. */
  terraform(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
    return this.start(args, env).ended;
  }

  apply(env?: NodeJS.ProcessEnv): Promise<Run> {
    return this.terraform(["apply", "-auto-approve"], env);
  }

  /** Exit code 0: no changes, 2: changes, 1: error. */
  plan(...args: string[]): Promise<Run> {
    return this.terraform(["plan", "-detailed-exitcode", ...args]);
  }

  start(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): { process: ChildProcess; ended: Promise<Run> } {
    const child = spawn("terraform", [args[0] as string, "-no-color", ...args.slice(1)], {
      cwd: this.directory,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: {
        ...process.env,
        TF_CLI_CONFIG_FILE: "/dev/null",
        CHECKPOINT_DISABLE: "1",
        TF_IN_AUTOMATION: "1",
        ...env,
      },
    });
    let output = "";
    const collect = (chunk: Buffer): void => void (output += chunk.toString("utf8"));
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    const ended = new Promise<Run>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, output }));
    });
    return { process: child, ended };
  }

  /** The attributes of a resource as `terraform show` has them. */
  async attributes(address: string): Promise<Record<string, unknown>> {
    const { output } = await this.terraform(["show", "-json"]);
    const state = JSON.parse(output) as {
      values?: { root_module: { resources?: { address: string; values: Record<string, unknown> }[] } };
    };
    const found = state.values?.root_module.resources?.find((r) => r.address === address);
    if (!found) throw new Error(`${address} is not in the state`);
    return found.values;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What terraform prints in a box, on one line: borders and line breaks are where the width wants them. */
export function unboxed(output: string): string {
  return output.replace(/^[│╷╵]/gm, "").replace(/\s+/g, " ");
}
