import type { EtcdMemberInfo } from "../ports/membership";
import { admitOwner, expelUser } from "./etcd-access";
import type { EtcdClient } from "./etcd-member";

export async function members(etcd: EtcdClient): Promise<EtcdMemberInfo[]> {
  const reply = await etcd.cluster.memberList({ linearizable: true });
  return reply.members.map((m) => ({ id: m.ID, name: m.name, peerUrls: m.peerURLs, isLearner: m.isLearner }));
}

export async function addLearner(etcd: EtcdClient, peerUrl: string): Promise<void> {
  if ((await members(etcd)).some(({ peerUrls }) => peerUrls.includes(peerUrl))) return;
  await etcd.cluster.memberAdd({ peerURLs: [peerUrl], isLearner: true });
}

export async function promote(etcd: EtcdClient, id: string): Promise<void> {
  const found = (await members(etcd)).find((member) => member.id === id);
  if (found?.isLearner) await etcd.cluster.memberPromote({ ID: id });
}

export async function remove(etcd: EtcdClient, id: string): Promise<void> {
  if ((await members(etcd)).some((member) => member.id === id)) await etcd.cluster.memberRemove({ ID: id });
}

/**
 * A member that leads hands over to another one: without it nobody would lead until an election, a second or more later. `clientOf`: of
 * a member, by its URL for clients.
 */
export async function stepDown(
  etcd: EtcdClient,
  id: string,
  clientOf: (url: string) => EtcdClient | undefined,
): Promise<void> {
  const { leader } = await etcd.maintenance.status();
  if (leader !== id) return;
  const { members } = await etcd.cluster.memberList({ linearizable: true });
  const clients = new Map(members.map((m) => [m.ID, m.clientURLs.map(clientOf).find((found) => found)]));
  const others = members.filter((m) => m.ID !== id && !m.isLearner);
  const alive = others.map(async ({ ID }) => (await clients.get(ID)!.maintenance.status()) && ID);
  await clients.get(id)!.maintenance.moveLeader({ targetID: await Promise.any(alive) });
}

export const admit = (etcd: EtcdClient, name: string): Promise<void> => admitOwner(etcd.auth, name);
export const expel = (etcd: EtcdClient, name: string): Promise<void> => expelUser(etcd.auth, name);
