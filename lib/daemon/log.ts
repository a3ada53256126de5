import { pino, type Logger } from "pino";
import type { Redactor } from "./redact";

export type Log = Pick<Logger, "info" | "warn" | "error">;

/** JSON lines on stdout, where the engine's log rotation takes them; no secret that the redactor knows gets through. */
export function createLog(redactor: Redactor, write: (line: string) => void = toStdout): Logger {
  const options = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    redact: {
      paths: ["req.headers", "headers", "authorization", "*.authorization", "*.password"],
      remove: true,
    },
  };
  return pino(options, { write: (line: string) => write(redactor.text(line)) });
}

function toStdout(line: string): void {
  process.stdout.write(line);
}
