/**
 * `npm test`: every check of the project, cheapest first, with one closing line that CI reads.
 * `--long` adds the long fault schedules; `--only unit,provider` narrows it down while developing.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bin, run, ROOT } from "./exec";
import { stage } from "./stage";

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const REPORTS = join(ROOT, ".cache/test-reports");
/** One after the other, but that what stands in one line goes side by side: services wait, mostly, and the others compute. */
const PROJECTS = [[["unit", "provider"], ["services"]], [["lab", "faults"]]];
/** Real programs that wait for each other: one file at a time. */
const SERIAL = new Set(["services", "lab", "faults"]);

const flag = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};

/** A check that is not a jest test still counts as one: it passes or fails. */
async function check(title: string, command: string, args: string[]): Promise<Totals> {
  const code = await stage(title, () => run(command, args));
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function jestProject(project: string, long: boolean): Promise<Totals> {
  const report = join(REPORTS, `${project}.json`);
  rmSync(report, { force: true });
  // A process that a failed test left behind must not keep the whole run from its end.
  const options = ["--selectProjects", project, "--json", `--outputFile=${report}`, "--forceExit"];
  await stage(`${project} tests`, () =>
    // Left to itself Jest keeps one core for its parent, which only waits: on two cores that is half of them.
    run(bin("jest"), [...options, ...(SERIAL.has(project) ? ["--runInBand"] : ["--maxWorkers=100%"])], {
      env: long ? { MILVUS_ONPREM_LONG: "1" } : {},
    }),
  );
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const json = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
  return {
    passed: json.numPassedTests ?? 0,
    failed: (json.numFailedTests ?? 0) + (json.numRuntimeErrorTestSuites ?? 0),
    skipped: json.numPendingTests ?? 0,
  };
}

async function inTurn(projects: readonly string[], long: boolean): Promise<Totals[]> {
  const totals: Totals[] = [];
  for (const project of projects) totals.push(await jestProject(project, long));
  return totals;
}

async function main(): Promise<void> {
  mkdirSync(REPORTS, { recursive: true });
  const only = flag("only")?.split(",");
  const long = process.argv.includes("--long");
  const totals: Totals[] = [];
  totals.push(await check("build", bin("tsx"), ["tools/build.ts"]));
  if (!only) {
    const checks = [
      check("types", bin("tsc"), ["--noEmit"]),
      check("eslint", bin("eslint"), ["."]),
      check("prettier", bin("prettier"), ["--check", "--log-level", "warn", "."]),
    ];
    totals.push(...(await Promise.all(checks)));
  }
  for (const lines of only ? [[only]] : PROJECTS)
    totals.push(...(await Promise.all(lines.map((line) => inTurn(line, long)))).flat());
  const sum = (key: keyof Totals): number => totals.reduce((n, t) => n + t[key], 0);
  const skipped = sum("skipped");
  console.log(
    "left running for the next run: the Docker engine and the lab's registry (npm run lab -- down --engine)",
  );
  console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped ? `, ${skipped} skipped` : ""}`);
  process.exitCode = sum("failed") === 0 ? 0 : 1;
}

void main();
