import { log } from "../log";
import { DiagnosticsError, type Diagnostic } from "./diagnostics";

/** What a thrown error tells the user. `operation` says what was being done, e.g. "create milvus_peer". */
export function failures(error: unknown, operation: string): Diagnostic[] {
  if (error instanceof DiagnosticsError) return [...error.diagnostics];
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.flatMap((e) => failures(e, operation));
  }
  if (isExplained(error)) {
    return [
      { severity: "error", summary: `${error.target}: ${error.what}`, detail: `${error.why}. ${error.fix}.` },
    ];
  }
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) {
    log.error(`${operation}: ${error.stack}`);
  }
  const detail = error instanceof Error ? error.message : String(error);
  return [{ severity: "error", summary: `Could not ${operation}`, detail }];
}

/** The shape of lib/host's errors, which are loaded only when a host is reached. */
interface Explained {
  target: string;
  what: string;
  why: string;
  fix: string;
}

function isExplained(error: unknown): error is Explained {
  const e = (error ?? {}) as Partial<Explained>;
  return [e.target, e.what, e.why, e.fix].every((part) => typeof part === "string");
}
