import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { TOOLS } from "./paths";

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Written to the program's standard input. */
  input?: string;
  /** @default 60 000 */
  timeoutMs?: number;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end and returns what it said, whatever its exit code; only a passed deadline throws. */
export function tryRun(command: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: environment(options.env), stdio: "pipe" });
    const result: RunResult = { code: 1, stdout: "", stderr: "" };
    const deadline = setTimeout(() => {
      child.kill("SIGKILL");
      reject(
        new Error(`${describe(command, args)} did not end within ${timeoutMs / 1000} s\n${result.stderr}`),
      );
    }, timeoutMs);
    child.stdout.on("data", (chunk: Buffer) => (result.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (result.stderr += chunk.toString()));
    child.on("error", (error) => {
      clearTimeout(deadline);
      reject(new Error(`cannot start ${command}: ${error.message}; run lab/bootstrap.sh`));
    });
    child.on("close", (code) => {
      clearTimeout(deadline);
      resolve({ ...result, code: code ?? 1 });
    });
    child.stdin.on("error", () => undefined); // a program may end without reading its input
    child.stdin.end(options.input ?? "");
  });
}

/** As `tryRun`, but a failure is an error with the program's last words; returns the trimmed standard output. */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryRun(command, args, options);
  if (code !== 0) {
    const lastWords = `${stdout}\n${stderr}`.trim().split("\n").slice(-15).join("\n");
    throw new Error(`${describe(command, args)} failed with exit code ${code}: ${lastWords}`);
  }
  return stdout.trim();
}

export const docker = (...args: string[]): Promise<string> => run("docker", args);

/** Programs that bootstrap.sh had to fetch win over those of the machine. */
const environment = (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [TOOLS, process.env.PATH].join(delimiter),
  ...extra,
});

/** Long arguments (scripts) are cut: the message is for people. */
const describe = (command: string, args: string[]): string =>
  [command, ...args].map((word) => (word.length > 120 ? `${word.slice(0, 120)}…` : word)).join(" ");
