import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { CandidateNews, CandidateOrder, CandidateStart } from "./candidate";

/** See candidate.ts. */
export class CandidateProcess {
  /** Its last term in which it acted, and when (performance.now). */
  acted: { readonly term: string; readonly atMs: number } | undefined;
  private readonly news: CandidateNews[] = [];
  private readonly child: ChildProcessWithoutNullStreams;

  constructor(readonly start: CandidateStart) {
    // As CommonJS, like all of the project.
    this.child = spawn(process.execPath, ["--require", "tsx/cjs", join(__dirname, "candidate.ts")]);
    this.child.stderr.pipe(process.stderr);
    this.child.stdin.on("error", () => undefined);
    createInterface({ input: this.child.stdout }).on("line", (line) => this.hear(JSON.parse(line)));
    this.send(start);
  }

  order(order: CandidateOrder): void {
    this.send(order);
  }

  /** Answers to "write", oldest first. */
  get writes(): Extract<CandidateNews, { wrote: boolean }>[] {
    return this.news.filter((n) => "wrote" in n);
  }

  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.child.kill(signal);
  }

  private send(line: CandidateStart | CandidateOrder): void {
    this.child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  private hear(news: CandidateNews): void {
    this.news.push(news);
    if ("acts" in news) this.acted = { term: news.acts, atMs: performance.now() };
  }
}
