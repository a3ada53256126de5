import type { Lab } from "../../lab";
import type { Job } from "../../lib/api/wire";
import type { Deployment } from "./deployment";
import { onPeer } from "./peers";

/** Containers of peers by name, with the moment at which each was started. */
export async function startedAt(lab: Lab, peers: readonly number[]): Promise<Record<string, string>> {
  const ask = "docker ps -q --filter label=com.docker.compose.project=milvus | xargs docker inspect -f";
  const lines = peers.map((n) => onPeer(lab, n, `${ask} '{{.Name}} {{.State.StartedAt}}'`));
  const all = (await Promise.all(lines)).flatMap((text, i) =>
    text.split("\n").map((line): [string, string] => {
      const [name, at] = line.slice("/milvus-".length).split(" ");
      return [`${name} on peer-${peers[i]}`, at!];
    }),
  );
  return Object.fromEntries(all);
}

/** Services of which a container has been started since. */
export function restarted(before: Record<string, string>, after: Record<string, string>): string[] {
  const changed = Object.keys(after).filter((name) => before[name] !== after[name]);
  return [...new Set(changed.map((name) => name.split(" ")[0]!))].sort();
}

/** Jobs that changed the cluster, newest first. */
export async function changes(lab: Lab): Promise<Job[]> {
  const text = await onPeer(lab, 1, "milvus-onprem jobs list --type converge --output json");
  return (JSON.parse(text) as { jobs: Job[] }).jobs;
}

export async function lastChange(lab: Lab): Promise<Job> {
  return (await changes(lab))[0]!;
}

/** What was shown is what was done, and nothing is left to do. */
export async function expectDoneAsShown(lab: Lab, deployment: Deployment): Promise<void> {
  const { state, steps } = await lastChange(lab);
  expect(state).toBe("succeeded");
  expect(steps.map(({ title }) => title)).toEqual(deployment.attributes("milvus_cluster").rollout);
  expect(steps.map((step) => step.state)).toEqual(steps.map(() => "done"));
  const { code, output } = await deployment.plan("-detailed-exitcode");
  expect(output).toContain("No changes.");
  expect(code).toBe(0);
}
