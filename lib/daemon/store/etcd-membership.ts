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

export const admit = (etcd: EtcdClient, name: string): Promise<void> => admitOwner(etcd.auth, name);
export const expel = (etcd: EtcdClient, name: string): Promise<void> => expelUser(etcd.auth, name);
