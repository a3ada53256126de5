import {
  castGrpcError,
  EtcdLeaseInvalidError,
  type ComparatorBuilder,
  type IResponseOp,
  type IOperation,
} from "etcd3";
import { Failover } from "./failover";
import type { EtcdMemberInfo, EtcdMembership } from "./ports/membership";
import type {
  AccessRules,
  BinaryValue,
  Change,
  LeaderFence,
  MemberStatus,
  Range,
  Store,
  Stored,
  Watch,
  WatchHandlers,
  WriteFence,
} from "./ports/store";
import { accessIsLimited, limitAccess } from "./store/etcd-access";
import { EtcdClient, type EtcdMember, type EtcdTls } from "./store/etcd-member";
import * as membership from "./store/etcd-membership";
import { openSnapshot } from "./store/etcd-snapshot";
import { keyedValue } from "./store/etcd-values";
import { watchPrefix } from "./store/etcd-watch";
import { isFull, StoreFull } from "./store/full";

export type { EtcdMember } from "./store/etcd-member";

export interface EtcdOptions {
  /** All members; the first is used while it answers. */
  members: readonly EtcdMember[];
  /** Read whenever a member is connected to. */
  tls: EtcdTls;
  /** For one call to one member. @default 1500 */
  callTimeoutMs?: number;
}

/**
 * etcd over mutual TLS. No call waits longer than its deadline, whether members refuse or swallow packets.
 *
 * One client a member, and our own failover between them: etcd3 takes a member at random for each call, so with one dead
 * member every third call would wait for its deadline.
 */
export class EtcdStore implements Store, EtcdMembership {
  private clients: ReadonlyMap<string, EtcdClient>;
  private readonly failover: Failover<EtcdClient>;
  private current: readonly EtcdMember[];

  constructor(private readonly o: EtcdOptions) {
    this.current = o.members;
    this.clients = this.connected(o.members, new Map());
    // Every call may be made twice, so whatever else a member says, the next one may know better.
    this.failover = new Failover(
      [...this.clients.values()],
      (error) => !(error instanceof EtcdLeaseInvalidError || error instanceof StoreFull),
    );
  }

  /** Goes by other members from now on; connections to those that stay are kept. */
  setMembers(members: readonly EtcdMember[]): void {
    this.current = members;
    const before = this.use(this.connected(members, this.clients));
    for (const [url, client] of before) if (!this.clients.has(url)) client.close();
  }

  /** Goes by the certificate of now: calls by new connections at once, watches when they are begun again. */
  reconnect(): void {
    const before = this.use(this.connected(this.current, new Map()));
    const close = (): void => before.forEach((client) => client.close());
    // What is under way is answered first.
    setTimeout(close, 2 * this.timeoutMs).unref();
  }

  /** Returns those that were used until now. */
  private use(clients: ReadonlyMap<string, EtcdClient>): ReadonlyMap<string, EtcdClient> {
    const before = this.clients;
    this.clients = clients;
    this.failover.setTargets([...clients.values()]);
    return before;
  }

  members(): Promise<EtcdMemberInfo[]> {
    return this.failover.call(membership.members);
  }

  addLearner(peerUrl: string): Promise<void> {
    return this.write((etcd) => membership.addLearner(etcd, peerUrl));
  }

  promote(id: string): Promise<void> {
    return this.write((etcd) => membership.promote(etcd, id));
  }

  async remove(id: string): Promise<void> {
    const clientOf = (url: string): EtcdClient | undefined => this.clients.get(url);
    // One that cannot hand over is taken out all the same: then an election finds its successor.
    await this.failover.call((etcd) => membership.stepDown(etcd, id, clientOf)).catch(() => undefined);
    await this.write((etcd) => membership.remove(etcd, id));
  }

  admit(name: string): Promise<void> {
    return this.write((etcd) => membership.admit(etcd, name));
  }

  expel(name: string): Promise<void> {
    return this.write((etcd) => membership.expel(etcd, name));
  }

  private connected(
    members: readonly EtcdMember[],
    before: ReadonlyMap<string, EtcdClient>,
  ): ReadonlyMap<string, EtcdClient> {
    return new Map(
      members.map((member) => [
        member.url,
        before.get(member.url) ?? new EtcdClient(member, this.o.tls, this.timeoutMs),
      ]),
    );
  }

  get(key: string): Promise<Stored | undefined> {
    return this.failover.call(async (etcd) => {
      const { kvs } = await etcd.get(key).exec();
      return kvs[0] && keyedValue(kvs[0]);
    });
  }

  list(prefix: string): Promise<Record<string, string>> {
    return this.failover.call((etcd) => etcd.getAll().prefix(prefix).strings());
  }

  bytes(prefix: string): Promise<BinaryValue[]> {
    return this.failover.call(async (etcd) => {
      const { kvs } = await etcd.getAll().prefix(prefix).exec();
      return kvs.map((kv) => ({ key: kv.key.toString(), value: kv.value, modRevision: kv.mod_revision }));
    });
  }

  range(prefix: string): Promise<Range> {
    return this.failover.call(async (etcd) => {
      const { header, kvs } = await etcd.getAll().prefix(prefix).exec();
      return { revision: header.revision, entries: kvs.map(keyedValue) };
    });
  }

  async grantLease(ttlSeconds: number): Promise<string> {
    const reply = await this.write((etcd) => etcd.leaseClient.leaseGrant({ TTL: ttlSeconds }));
    return reply.ID;
  }

  keepAlive(lease: string): Promise<boolean> {
    return this.failover.call((etcd) => this.keepAliveOnce(etcd, lease));
  }

  async revokeLease(lease: string): Promise<void> {
    await this.failover.call((etcd) => etcd.leaseClient.leaseRevoke({ ID: lease }));
  }

  acquire(key: string, value: string, lease: string): Promise<string | undefined> {
    return this.write(async (etcd) => {
      const reply = await etcd
        .if(key, "Create", "==", 0)
        .then(etcd.put(key).value(value).lease(lease))
        .else(etcd.get(key))
        .commit();
      if (reply.succeeded) return reply.header.revision;
      // When the answer to a first try was lost, the key that is in the way is our own.
      const holder = reply.responses[0]?.response_range?.kvs[0];
      return holder?.lease === lease ? holder.create_revision : undefined;
    });
  }

  async putFenced(key: string, value: string, { expected, ...fence }: WriteFence): Promise<boolean> {
    return (await this.commit([{ key, value, expected }], fence)) !== undefined;
  }

  commit(changes: readonly Change[], fence?: LeaderFence): Promise<string | undefined> {
    let tries = 0;
    return this.write(async (etcd) => {
      tries += 1;
      const reply = await transaction(etcd, changes, fence).commit();
      if (reply.succeeded) return reply.header.revision;
      // When the answer to a first try was lost, what is in the way is our own.
      return tries > 1 ? writtenBefore(changes, reply.responses) : undefined;
    });
  }

  watch(prefix: string, afterRevision: string, handlers: WatchHandlers): Promise<Watch> {
    return this.failover.call((etcd) => watchPrefix(etcd, prefix, afterRevision, handlers, this.timeoutMs));
  }

  limitAccess(rules: AccessRules): Promise<void> {
    return this.write((etcd) => limitAccess(etcd.auth, rules));
  }

  accessIsLimited(): Promise<boolean> {
    return this.failover.call((etcd) => accessIsLimited(etcd.auth));
  }

  snapshot(signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    return this.failover.call((etcd) => openSnapshot(etcd, signal, this.timeoutMs));
  }

  async memberStatus(clientUrl: string): Promise<MemberStatus> {
    const member = this.clients.get(clientUrl);
    if (!member) throw new Error(`${clientUrl} is no member of this cluster`);
    const [status, list] = await Promise.all([
      member.maintenance.status(),
      member.cluster.memberList({ linearizable: false }),
    ]);
    return {
      isLeader: status.leader !== "0" && status.leader === status.header.member_id,
      hasLeader: status.leader !== "0",
      dbSizeBytes: Number(status.dbSize),
      // Of all members: "memberID:10276657743932975437 alarm:NOSPACE".
      alarms: [...new Set(status.errors.flatMap((e) => /alarm:(\w+)/.exec(e)?.[1] ?? []))],
      members: list.members.map((m) => m.name).filter((name) => name !== ""),
    };
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
  }

  /** A write that etcd has no room for says so in words that tell what to do. */
  private write<R>(work: (etcd: EtcdClient) => Promise<R>): Promise<R> {
    return this.failover.call((etcd) =>
      work(etcd).catch((error: Error) => {
        throw isFull(error) ? new StoreFull() : error;
      }),
    );
  }

  /** A stream for one message each way: it needs no state that a change of members could lose. */
  private async keepAliveOnce(etcd: EtcdClient, lease: string): Promise<boolean> {
    const stream = await etcd.leaseClient.leaseKeepAlive({ deadline: Date.now() + this.timeoutMs });
    try {
      const reply = await new Promise<{ TTL: string }>((resolve, reject) => {
        stream.on("data", resolve);
        stream.on("error", (error) => reject(castGrpcError(error)));
        stream.on("end", () => reject(new Error("etcd ended the keep-alive without an answer")));
        stream.write({ ID: lease });
      });
      return Number(reply.TTL) > 0;
    } finally {
      stream.end();
    }
  }

  private get timeoutMs(): number {
    return this.o.callTimeoutMs ?? 1_500;
  }
}

/** Changes all keys if the fence and every expectation hold; else tells what is there. */
function transaction(etcd: EtcdClient, changes: readonly Change[], fence?: LeaderFence): ComparatorBuilder {
  // etcd3 begins a transaction with a condition: without a fence, one that always holds.
  const first = fence ? ([fence.leader, "==", fence.term] as const) : ([changes[0]!.key, ">", "-1"] as const);
  const conditions = etcd.if(first[0], "Create", first[1], Number(first[2]));
  for (const { key, expected } of changes) {
    if (expected !== undefined) conditions.and(key, "Mod", "==", Number(expected));
  }
  const writes = changes.map(({ key, value }): IOperation =>
    value === undefined ? etcd.delete().key(key) : etcd.put(key).value(value),
  );
  return conditions.then(...writes).else(...changes.map(({ key }) => etcd.get(key)));
}

/** The revision of our own earlier try, if what is there can be nothing else: all of it, written at once. */
function writtenBefore(changes: readonly Change[], found: readonly IResponseOp[]): string | undefined {
  const revisions = new Set<string>();
  for (const [i, { value }] of changes.entries()) {
    const kv = found[i]?.response_range?.kvs[0];
    if (value === undefined ? kv !== undefined : !kv?.value.equals(Buffer.from(value))) return undefined;
    if (kv) revisions.add(kv.mod_revision);
  }
  return revisions.size === 1 ? [...revisions][0] : undefined;
}
