import { tinted } from "../style";
import { table } from "../table";

/** What a restoration did, or would do. */
export interface Report {
  readonly dryRun: boolean;
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
  readonly refusals: readonly string[];
  readonly rows: number;
}

/** Undefined for what has not come as far. */
export function reportText(report: Partial<Report> | undefined): string | undefined {
  if (report?.steps === undefined) return undefined;
  const { dryRun, steps, warnings = [], refusals = [], rows } = report;
  const lines = [
    ...(dryRun ? steps.map((step) => ["would be done", step]) : []),
    ...warnings.map((warning) => [tinted("warning"), warning]),
    ...refusals.map((refusal) => [tinted("refused"), refusal]),
  ];
  const told = lines.length > 0 ? table(["", ""], lines) : "";
  return dryRun ? told : [told, `${rows} rows are back`].filter(Boolean).join("\n\n");
}
