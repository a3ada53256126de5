import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { run, tryRun, type RunOptions, type RunResult } from "../../lab/run";
import type { DataCentre } from "../../tools/data-centre";
import { bin, ROOT } from "../../tools/exec";
import type { Outcome } from "./deployment";

/** What the lab's inventory says besides, for the examples that read it. */
export function addToInventory({ inventory }: DataCentre, more: object): void {
  const found = JSON.parse(readFileSync(inventory, "utf8")) as object;
  writeFileSync(inventory, JSON.stringify({ ...found, ...more }));
}

/** For a cluster that is destroyed with its data. */
export const ENDING = { deletionProtection: false, onDestroy: "delete_data" };

/** A copy of an example, as its reader has it: its program is edited, and the real cdktf shows and deploys that. */
export class Example {
  private constructor(
    private readonly name: string,
    private readonly folder: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** In a folder of one lab, whose environment is `env`. */
  static copy(name: string, lab: string, env: Readonly<Record<string, string>>): Example {
    const root = join(ROOT, ".cache/test", lab);
    const folder = join(root, name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const files = ["inventory.ts", `${name}/main.ts`, `${name}/cdktf.json`];
    for (const file of files) copyFileSync(join(ROOT, "examples", file), join(root, file));
    return new Example(name, folder, { ...env, CI: "1" });
  }

  /** Replaces a text of the program, which must be there. */
  edit(from: string, to: string): void {
    const program = readFileSync(this.program, "utf8");
    if (!program.includes(from)) throw new Error(`${this.program} does not say ${from}`);
    writeFileSync(this.program, program.replace(from, to));
  }

  /**
   * Titles of the steps that `milvus-onprem review` tells of what `cdktf diff` has planned and shown, too. Terraform shows what differs
   * from the steps of the change before.
   */
  async shownSteps(): Promise<string[]> {
    const { code, output } = await this.cdktf("diff");
    if (code !== 0) throw new Error(`cdktf diff of ${this.name} failed:\n${output}`);
    const plan = await run("terraform", ["show", "-json", "plan"], this.within(this.stack));
    const titles = stepsOf(await run(join(ROOT, "dist/milvus-onprem"), ["review"], { input: plan }));
    const { before, after } = rolloutsIn(plan);
    expect(titles).toEqual(after);
    const hidden = titles.filter((title) => !before.includes(title) && !isShown(title, output));
    expect(hidden).toEqual([]);
    return titles;
  }

  deploy(): Promise<Outcome> {
    return this.cdktf("deploy", "--auto-approve");
  }

  destroy(): Promise<Outcome> {
    return this.cdktf("destroy", "--auto-approve");
  }

  /** Plans once more; its code is 0 where there is nothing to do. */
  async plan(): Promise<Outcome> {
    const args = ["plan", "-detailed-exitcode", "-no-color", "-input=false"];
    return outcome(await tryRun("terraform", args, this.within(this.stack)));
  }

  private get program(): string {
    return join(this.folder, "main.ts");
  }

  private get stack(): string {
    return join(this.folder, "cdktf.out/stacks", this.name);
  }

  private async cdktf(...args: string[]): Promise<Outcome> {
    return outcome(await tryRun(bin("cdktf"), args, this.within(this.folder)));
  }

  private within(cwd: string): RunOptions {
    return { cwd, env: this.env, timeoutMs: 12 * 60_000 };
  }
}

function outcome({ code, stdout, stderr }: RunResult): Outcome {
  return { code, output: stripVTControlCharacters(stdout + stderr) };
}

/** Terraform shows an element of a list that is new, or that is another one than before. */
function isShown(title: string, output: string): boolean {
  const element = JSON.stringify(title);
  return output.includes(`+ ${element}`) || output.includes(`-> ${element}`);
}

/** Of the cluster in a plan. */
function rolloutsIn(plan: string): Record<"before" | "after", string[]> {
  const { resource_changes: changes } = JSON.parse(plan) as {
    resource_changes: { type: string; change: Record<"before" | "after", { rollout: string[] }> }[];
  };
  const { before, after } = changes.find(({ type }) => type === "milvus_cluster")!.change;
  return { before: before.rollout, after: after.rollout };
}

/** Those of the table in a review, without the marks that keep Markdown from reading them. */
function stepsOf(review: string): string[] {
  const titles = review.split("\n").flatMap((line) => /^\| \d+ \| (.*?) \| /.exec(line)?.[1] ?? []);
  return titles.map((title) => title.replaceAll("&lt;", "<").replace(/\\(?=[^\w\s])/g, ""));
}
