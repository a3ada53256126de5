import { spawn, type ChildProcess } from "node:child_process";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BoundedText } from "./bounded-text";
import { messageOf } from "./errors";
import { DeadlineExceeded, OUTPUT_LIMIT } from "./exec";
import { DEFAULT_DEADLINE_MS, Machine, nameOf, type RunOptions, type RunResult } from "./machine";
import { quote } from "./shell";

export interface LocalOptions {
  /** Program, and arguments, that run another program on the host. @default - nsenter into the namespaces of process 1 */
  readonly enter?: readonly string[];
  /** Directory against which relative paths are meant. @default "/" */
  readonly cwd?: string;
}

/** What a container that sees the host's processes enters: mounts, host name, network and IPC of its first process. */
const ENTER_HOST = ["nsenter", "-t", "1", "-m", "-u", "-n", "-i", "--"];
/** The container's own PATH may lack what the host has. */
const HOST_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The very VM on which this runs in a container: see hostWrapper for how that is started. */
export class LocalHost extends Machine {
  readonly target = "this VM";

  constructor(private readonly o: LocalOptions = {}) {
    super();
  }

  async run(script: string, o: RunOptions = {}): Promise<RunResult> {
    const what = nameOf(script, o);
    const deadlineMs = o.deadlineMs ?? DEFAULT_DEADLINE_MS;
    const [program = "", ...args] = [...(this.o.enter ?? ENTER_HOST), ...shell(script)];
    try {
      return await ended(spawn(program, args, { stdio: "pipe" }), o, deadlineMs);
    } catch (error) {
      if (error instanceof DeadlineExceeded) throw this.late(what, deadlineMs, error);
      const fix = "Run it through the milvus-onprem command that `wrapper` makes";
      throw this.failed("command", what, messageOf(error), fix, error);
    }
  }

  /** Content of a file of the host; a relative path is meant as the user's shell means it. Throws HostError. */
  async readFile(path: string): Promise<string> {
    const absolute = posix.resolve(this.o.cwd ?? "/", path);
    const fix = "Give a file on this VM that root can read";
    return (await this.check(`cat -- ${quote(absolute)}`, { what: `read ${absolute}`, fix })).stdout;
  }
}

function shell(script: string): string[] {
  return ["env", "LC_ALL=C", `PATH=${HOST_PATH}`, "sh", "-c", script];
}

function ended(child: ChildProcess, o: RunOptions, deadlineMs: number): Promise<RunResult> {
  const out = new BoundedText(OUTPUT_LIMIT);
  const err = new BoundedText(OUTPUT_LIMIT);
  if (o.onFirstOutput) child.stdout!.once("data", o.onFirstOutput);
  child.stdout!.on("data", (chunk: Buffer) => out.add(chunk));
  child.stderr!.on("data", (chunk: Buffer) => err.add(chunk));
  if (o.onOutput) child.stdout!.on("data", (chunk: Buffer) => o.onOutput!(chunk, "stdout"));
  if (o.onOutput) child.stderr!.on("data", (chunk: Buffer) => o.onOutput!(chunk, "stderr"));
  return new Promise<RunResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new DeadlineExceeded());
    }, deadlineMs);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, stdout: out.toString(), stderr: err.toString() });
    });
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    feed(child, o.input, reject);
  });
}

/** A command may end before it has read everything; only an input that cannot be read is an error. */
function feed(child: ChildProcess, input: RunOptions["input"], fail: (error: Error) => void): void {
  const stdin = child.stdin!;
  stdin.on("error", () => undefined);
  if (!(input instanceof Readable)) return void stdin.end(input ?? "");
  input.once("error", (error) => {
    fail(error);
    child.kill("SIGKILL");
  });
  pipeline(input, stdin).catch(() => input.destroy());
}
