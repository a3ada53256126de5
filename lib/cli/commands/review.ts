import { Option, type Command } from "commander";
import type { Review } from "../review";
import { EXIT } from "../exit";
import { outputOption } from "../options";
import { print, type OutputFormat } from "../output";

const FORMATS = ["markdown", "github", "sarif"] as const;
const FAIL_ON = ["risk", "change", "never"] as const;

interface ReviewOptions {
  readonly format: (typeof FORMATS)[number];
  readonly failOn: (typeof FAIL_ON)[number];
  readonly output: OutputFormat;
}

export function addReview(program: Command): void {
  program
    .command("review")
    .description("tell what a plan of Terraform does to clusters and peers, risks first, for a pull request")
    .argument("[plan]", "JSON of `terraform show -json PLANFILE`; standard input when none, or -")
    .addOption(new Option("--format <format>", "what to print").choices(FORMATS).default("markdown"))
    .addOption(
      new Option("--fail-on <what>", "end with exit code 3 on this").choices(FAIL_ON).default("never"),
    )
    .addOption(outputOption().conflicts("format"))
    .action(async (file: string | undefined, o: ReviewOptions) => {
      process.exitCode = await review(file, o);
    });
}

/** Returns the exit code. */
async function review(file: string | undefined, o: ReviewOptions): Promise<number> {
  // Other commands need neither the provider's schemas nor the plan engine.
  const { annotations, markdown, readPlan, reviewOf, sarif } = await import("../review/index.js");
  const found = reviewOf(await readPlan(file, process.stdin));
  const name = file === undefined || file === "-" ? "plan.json" : file;
  const texts = { markdown, github: annotations, sarif: (r: Review) => sarif(r, name) };
  print(o.output, found, texts[o.format]);
  return fails(found, o.failOn) ? EXIT.degraded : EXIT.ok;
}

function fails({ risks, clusters, peers }: Review, on: ReviewOptions["failOn"]): boolean {
  if (on === "never") return false;
  const changes = [...clusters, ...peers].some(({ fate }) => fate !== "unchanged");
  return risks.length > 0 || (on === "change" && changes);
}
