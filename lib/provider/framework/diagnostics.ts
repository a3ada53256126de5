import type { PathStep, WireDiagnostic } from "../protocol/messages";
import type { Type } from "../protocol/value";

/** Leads to a part of an object: names of attributes, indices of lists, keys of maps. */
export type AttributePath = readonly (string | number)[];

export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** One line: what is wrong, and where. */
  readonly summary: string;
  /** Why, and what to do about it. */
  readonly detail?: string;
  /** Which attribute of the configuration it is about. */
  readonly path?: AttributePath;
}

/** What an operation has to tell its user; Terraform shows errors and warnings beside the configuration. */
export class Diagnostics {
  readonly #items: Diagnostic[] = [];

  get items(): readonly Diagnostic[] {
    return this.#items;
  }

  get hasErrors(): boolean {
    return this.#items.some((d) => d.severity === "error");
  }

  error(summary: string, detail?: string, path?: AttributePath): void {
    this.#items.push({ severity: "error", summary, detail, path });
  }

  warning(summary: string, detail?: string, path?: AttributePath): void {
    this.#items.push({ severity: "warning", summary, detail, path });
  }

  add(...diagnostics: readonly Diagnostic[]): void {
    this.#items.push(...diagnostics);
  }
}

/** Ends an operation with these diagnostics. */
export class DiagnosticsError extends Error {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => d.summary).join("; "));
  }
}

export function wireDiagnostic(d: Diagnostic, type: Type): WireDiagnostic {
  const steps = shown(wirePath(d.path ?? [], type));
  return {
    severity: d.severity === "error" ? "ERROR" : "WARNING",
    summary: d.summary,
    detail: d.detail ?? "",
    ...(steps.length > 0 ? { attribute: { steps } } : {}),
  };
}

/**
 * As far as every Terraform finds the way: 1.11 takes an attribute of a nested object for one of the resource itself and shows
 * another line. The element that holds it is shown rightly.
 */
function shown(steps: PathStep[]): PathStep[] {
  const nested = steps.findIndex((step, i) => i > 0 && "attribute_name" in step);
  return nested === -1 ? steps : steps.slice(0, nested);
}

/** Terraform wants to know whether a name is an attribute or a key of a map: the type tells. Ends where the type does. */
export function wirePath(path: AttributePath, type: Type): PathStep[] {
  const [step, ...rest] = path;
  if (step === undefined || typeof type === "string") return [];
  if (type[0] === "list") return [{ element_key_int: Number(step) }, ...wirePath(rest, type[1])];
  if (type[0] === "map") return [{ element_key_string: String(step) }, ...wirePath(rest, type[1])];
  const next = type[1][step];
  return next === undefined ? [] : [{ attribute_name: String(step) }, ...wirePath(rest, next)];
}
