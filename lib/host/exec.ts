import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { BoundedText } from "./bounded-text";
import { messageOf } from "./errors";

export interface ExecResult {
  /** Exit code; -1 when a signal killed the command. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  /** Standard input; closed at once when absent. */
  readonly input?: string | Buffer | Readable;
  readonly deadlineMs: number;
  /** Called when the first byte of standard output arrives: for measuring, not for reading. */
  readonly onFirstOutput?: () => void;
  /** Called with output as it comes, all of it. */
  readonly onOutput?: (chunk: Buffer, from: "stdout" | "stderr") => void;
}

/** Most that is kept of each of standard output and standard error. */
export const OUTPUT_LIMIT = 1024 * 1024;

/** The command was still running at its deadline. */
export class DeadlineExceeded extends Error {}
/** The connection ended before the command did. */
export class ConnectionLost extends Error {}

/** Runs one command in one channel. Rejects with DeadlineExceeded, ConnectionLost, or the error of the input stream. */
export async function exec(client: Client, command: string, o: ExecOptions): Promise<ExecResult> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      let channel: ClientChannel | undefined;
      timer = setTimeout(() => {
        channel?.signal("TERM");
        channel?.close();
        reject(new DeadlineExceeded());
      }, o.deadlineMs);
      client.exec(command, (error, opened) => {
        if (error) return reject(new ConnectionLost(error.message));
        channel = opened;
        // Attached here and now: a quick command's exit may be in the packet that is being read.
        collect(channel, o).then(resolve, reject);
      });
    });
  } catch (error) {
    throw messageOf(error) === "Not connected" ? new ConnectionLost("Not connected") : error;
  } finally {
    clearTimeout(timer);
  }
}

function collect(channel: ClientChannel, o: ExecOptions): Promise<ExecResult> {
  const out = new BoundedText(OUTPUT_LIMIT);
  const err = new BoundedText(OUTPUT_LIMIT);
  if (o.onFirstOutput) channel.once("data", o.onFirstOutput);
  const { onOutput } = o;
  channel.on("data", (chunk: Buffer) => out.add(chunk));
  channel.stderr.on("data", (chunk: Buffer) => err.add(chunk));
  if (onOutput) channel.on("data", (chunk: Buffer) => onOutput(chunk, "stdout"));
  if (onOutput) channel.stderr.on("data", (chunk: Buffer) => onOutput(chunk, "stderr"));
  channel.on("error", () => undefined); // its end tells the story
  return new Promise((resolve, reject) => {
    let code: number | undefined;
    channel.once("exit", (exit: number | null) => (code = exit ?? -1));
    channel.once("close", () => {
      if (code === undefined) reject(new ConnectionLost("the connection ended while the command ran"));
      else resolve({ code, stdout: out.toString(), stderr: err.toString() });
    });
    feed(channel, o.input, reject);
  });
}

/** Sends the input. Fails only when the input itself cannot be read: a command may end before it has read everything. */
function feed(channel: ClientChannel, input: ExecOptions["input"], fail: (error: Error) => void): void {
  if (!(input instanceof Readable)) return void channel.end(input);
  input.once("error", (error) => {
    fail(error);
    channel.close();
  });
  pipeline(input, channel).catch(() => input.destroy());
}
