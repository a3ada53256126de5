import {
  preflight,
  quote,
  type Finding,
  type HostFacts,
  type Machine,
  type PreflightOptions,
} from "../../host";
import { note } from "../output";
import { tinted } from "../style";
import { table } from "../table";

/** The VM cannot be used as it is; nothing on it has been changed. */
export class UnfitError extends Error {
  constructor(readonly findings: readonly Finding[]) {
    super(`this VM cannot be used as it is; nothing has been changed:\n\n${findingsText(findings)}\n`);
  }
}

/** Everything that is wrong with this VM, at once. */
export async function lookAt(
  machine: Machine,
  o: PreflightOptions & { mayHoldData?: boolean },
): Promise<{ findings: Finding[]; facts: HostFacts }> {
  const { findings, facts } = await preflight(machine, o);
  const kept = facts.dataRoot === "own" && !o.mayHoldData ? await keptData(machine, o.dataRoot) : [];
  return { findings: [...kept, ...findings], facts };
}

/** As lookAt; tells of warnings, and throws UnfitError when anything is worse. Returns the warnings. */
export async function mustFit(machine: Machine, o: Parameters<typeof lookAt>[1]): Promise<Finding[]> {
  const { findings } = await lookAt(machine, o);
  if (findings.some((f) => f.severity === "error")) throw new UnfitError(findings);
  for (const f of findings) note(`warning: ${f.what}: ${f.why}. ${f.fix}`);
  return findings;
}

export function findingsText(findings: readonly Finding[]): string {
  if (findings.length === 0) return "nothing is wrong with this VM";
  const rows = findings.map((f) => [
    tinted(f.severity === "error" ? "failed" : "degraded").replace(/failed|degraded/, f.severity),
    f.what,
    f.why,
    f.fix,
  ]);
  return table(["severity", "what", "why", "what to do"], rows);
}

/** Data that a teardown kept belong to a cluster whose credentials are gone: a new one could not read them, and would fail late. */
async function keptData(machine: Machine, dataRoot: string): Promise<Finding[]> {
  const script = `find ${quote(dataRoot)} -mindepth 2 -type f ! -path ${quote(`${dataRoot}/daemon/*`)} | head -n 1`;
  const { stdout } = await machine.check(script, { what: "look for kept data" });
  if (stdout.trim() === "") return [];
  return [
    {
      severity: "error",
      code: "kept-data",
      what: "the data directory holds data of an earlier cluster",
      why: `${stdout.trim()} is there, and a new cluster has other credentials`,
      fix: `Move it away if you need it, or delete it: milvus-onprem teardown --data --data-root ${dataRoot}`,
    },
  ];
}
