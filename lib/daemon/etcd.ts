import { EtcdLeaseInvalidError, Etcd3, type IOptions, type Lease } from "etcd3";
import type { FencedWrite, MemberStatus, Store, Stored } from "./ports/store";

export interface EtcdOptions {
  /** Client URLs of all members, `https://host:port`. */
  urls: readonly string[];
  caPem: string;
  certPem: string;
  keyPem: string;
  /** @default 3000 */
  callTimeoutMs?: number;
}

/** etcd over mutual TLS. No call waits longer than its deadline, whether the members refuse or swallow packets. */
export class EtcdStore implements Store {
  private readonly client: Etcd3;
  private readonly leases = new Map<string, Lease>();

  constructor(private readonly o: EtcdOptions) {
    this.client = new Etcd3(this.options([...o.urls]));
  }

  async get(key: string): Promise<Stored | undefined> {
    const { kvs } = await this.client.get(key).exec();
    const kv = kvs[0];
    return kv && { value: kv.value.toString("utf8"), createRevision: kv.create_revision };
  }

  list(prefix: string): Promise<Record<string, string>> {
    return this.client.getAll().prefix(prefix).strings();
  }

  async grantLease(ttlSeconds: number, deadlineMs: number): Promise<string> {
    const lease = this.client.lease(ttlSeconds, { autoKeepAlive: false, deadline: Date.now() + deadlineMs });
    lease.on("lost", () => undefined);
    const id = await lease.grant();
    this.leases.set(id, lease);
    return id;
  }

  async keepAlive(id: string, deadlineMs: number): Promise<boolean> {
    try {
      await this.lease(id).keepaliveOnce({ deadline: Date.now() + deadlineMs });
      return true;
    } catch (error) {
      if (!(error instanceof EtcdLeaseInvalidError)) throw error;
      this.leases.delete(id);
      return false;
    }
  }

  async revokeLease(id: string, deadlineMs: number): Promise<void> {
    const lease = this.lease(id);
    this.leases.delete(id);
    await lease.revoke({ deadline: Date.now() + deadlineMs });
  }

  async acquire(key: string, value: string, lease: string): Promise<string | undefined> {
    const reply = await this.client
      .if(key, "Create", "==", 0)
      .then(this.client.put(key).value(value).lease(lease))
      .else(this.client.get(key))
      .commit();
    if (reply.succeeded) return reply.header.revision;
    // etcd3 retries a transaction whose answer was lost: then the key that is in the way may be our own.
    const holder = reply.responses[0]?.response_range?.kvs[0];
    return holder?.lease === lease ? holder.create_revision : undefined;
  }

  async createFenced(key: string, value: string, leaderKey: string, term: string): Promise<FencedWrite> {
    const reply = await this.client
      .if(leaderKey, "Create", "==", Number(term))
      .and(key, "Create", "==", 0)
      .then(this.client.put(key).value(value))
      .else(this.client.get(key))
      .commit();
    if (reply.succeeded) return "written";
    return (reply.responses[0]?.response_range?.kvs.length ?? 0) > 0 ? "exists" : "deposed";
  }

  async memberStatus(clientUrl: string): Promise<MemberStatus> {
    const member = new Etcd3(this.options(clientUrl));
    try {
      const [status, list] = await Promise.all([
        member.maintenance.status(),
        member.cluster.memberList({ linearizable: false }),
      ]);
      return {
        isLeader: status.leader !== "0" && status.leader === status.header.member_id,
        hasLeader: status.leader !== "0",
        members: list.members.map((m) => m.name).filter((name) => name !== ""),
        version: status.version,
      };
    } finally {
      member.close();
    }
  }

  close(): void {
    this.client.close();
  }

  private lease(id: string): Lease {
    const lease = this.leases.get(id);
    if (!lease) throw new Error(`lease ${id} was not granted here or has ended`);
    return lease;
  }

  private options(hosts: string | string[]): IOptions {
    const timeout = this.o.callTimeoutMs ?? 3_000;
    return {
      hosts,
      credentials: {
        rootCertificate: Buffer.from(this.o.caPem),
        certChain: Buffer.from(this.o.certPem),
        privateKey: Buffer.from(this.o.keyPem),
      },
      defaultCallOptions: (call) => (call.isStream ? {} : { deadline: Date.now() + timeout }),
    };
  }
}
