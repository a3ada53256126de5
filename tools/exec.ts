import { spawn } from "node:child_process";
import { join } from "node:path";

export const ROOT = join(__dirname, "..");

export interface ExecOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** Runs a program with its output shown as it comes; resolves to its exit code. */
export function run(command: string, args: string[], options: ExecOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

/** As `run`, but a failure is an error that names the command. */
export async function must(command: string, args: string[], options: ExecOptions = {}): Promise<void> {
  const code = await run(command, args, options);
  if (code !== 0)
    throw new Error(`${[command, ...args].join(" ")} ended with exit code ${code}; its output is above`);
}

/** A program from node_modules/.bin. */
export const bin = (name: string): string => join(ROOT, "node_modules/.bin", name);
