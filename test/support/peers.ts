import type { Lab, Vm } from "../../lab";
import type { StatusReply } from "../../lib/api/wire";
import type { Deployment } from "./deployment";

/** Runs a shell command on a VM, by number; a failure is an error with its output. */
export async function onPeer(
  lab: Lab,
  number: number,
  command: string,
  timeoutMs = 180_000,
): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(lab.vm(number), command, { timeoutMs });
  if (code !== 0) throw new Error(`on vm${number}: ${command}\nended with ${code}: ${stdout}${stderr}`);
  return stdout.trim();
}

/** Lines of the daemon's log on a VM that begin with a word, as alerts do. */
export async function alertsOn(lab: Lab, number: number, word: string): Promise<string[]> {
  const log = await onPeer(lab, number, `docker logs milvus-onprem 2>/dev/null | grep '^${word} ' || true`);
  return log.split("\n").filter((line) => line !== "");
}

/** What `milvus-onprem status` says on a VM; degraded is an answer, not a failure. */
export async function statusOf(lab: Lab, vm: Vm): Promise<StatusReply> {
  const { stdout, stderr } = await lab.exec(vm, "milvus-onprem status --output json", { timeoutMs: 30_000 });
  if (!stdout.trim().startsWith("{")) throw new Error(`no status from ${vm.name}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as StatusReply;
}

/** Names of etcd's members, as etcd itself tells them; of those without a vote it is said. */
export async function etcdMembers(lab: Lab): Promise<string[]> {
  const out = await onPeer(lab, 1, "docker exec milvus-etcd etcdctl member list -w json");
  const { members } = JSON.parse(out) as { members: { name: string; isLearner?: boolean }[] };
  return members.map(({ name, isLearner }) => (isLearner ? `${name} (learner)` : name)).sort();
}

export const rootPassword = (deployment: Deployment): Promise<string> => deployment.output("rootPassword");
