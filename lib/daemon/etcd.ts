import { noop } from "cockatiel";
import { castGrpcError, Etcd3, EtcdLeaseInvalidError, type IOptions } from "etcd3";
import { Failover } from "./failover";
import type { MemberStatus, Store, Stored, WriteFence } from "./ports/store";

export interface EtcdOptions {
  /** All members; the first is used while it answers. */
  members: readonly EtcdMember[];
  caPem: string;
  certPem: string;
  keyPem: string;
  /** For one call to one member. @default 1500 */
  callTimeoutMs?: number;
}

export interface EtcdMember {
  /** Name that its certificate carries. */
  readonly name: string;
  /** `https://host:port` */
  readonly url: string;
}

/**
 * etcd over mutual TLS. No call waits longer than its deadline, whether members refuse or swallow packets.
 *
 * One client a member, and our own failover between them: etcd3 takes a member at random for each call, so with one dead
 * member every third call would wait for its deadline.
 */
export class EtcdStore implements Store {
  private readonly members: readonly Etcd3[];
  private readonly failover: Failover<Etcd3>;

  constructor(private readonly o: EtcdOptions) {
    this.members = o.members.map((member) => new Etcd3(this.options(member)));
    // Every call may be made twice, so whatever else a member says, the next one may know better.
    this.failover = new Failover(this.members, (error) => !(error instanceof EtcdLeaseInvalidError));
  }

  get(key: string): Promise<Stored | undefined> {
    return this.failover.call(async (etcd) => {
      const { kvs } = await etcd.get(key).exec();
      const kv = kvs[0];
      if (!kv) return undefined;
      const { create_revision: createRevision, mod_revision: modRevision } = kv;
      return { value: kv.value.toString("utf8"), createRevision, modRevision };
    });
  }

  list(prefix: string): Promise<Record<string, string>> {
    return this.failover.call((etcd) => etcd.getAll().prefix(prefix).strings());
  }

  async grantLease(ttlSeconds: number): Promise<string> {
    return (await this.failover.call((etcd) => etcd.leaseClient.leaseGrant({ TTL: ttlSeconds }))).ID;
  }

  keepAlive(lease: string): Promise<boolean> {
    return this.failover.call((etcd) => this.keepAliveOnce(etcd, lease));
  }

  async revokeLease(lease: string): Promise<void> {
    await this.failover.call((etcd) => etcd.leaseClient.leaseRevoke({ ID: lease }));
  }

  acquire(key: string, value: string, lease: string): Promise<string | undefined> {
    return this.failover.call(async (etcd) => {
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

  putFenced(key: string, value: string, { expected, leader, term }: WriteFence): Promise<boolean> {
    return this.failover.call(async (etcd) => {
      const reply = await etcd
        .if(leader, "Create", "==", Number(term))
        .and(key, "Mod", "==", Number(expected))
        .then(etcd.put(key).value(value))
        .commit();
      return reply.succeeded;
    });
  }

  async memberStatus(clientUrl: string): Promise<MemberStatus> {
    const member = this.members[this.o.members.findIndex((m) => m.url === clientUrl)];
    if (!member) throw new Error(`${clientUrl} is no member of this cluster`);
    const [status, list] = await Promise.all([
      member.maintenance.status(),
      member.cluster.memberList({ linearizable: false }),
    ]);
    return {
      isLeader: status.leader !== "0" && status.leader === status.header.member_id,
      hasLeader: status.leader !== "0",
      members: list.members.map((m) => m.name).filter((name) => name !== ""),
    };
  }

  close(): void {
    for (const member of this.members) member.close();
  }

  /** A stream for one message each way: it needs no state that a change of members could lose. */
  private async keepAliveOnce(etcd: Etcd3, lease: string): Promise<boolean> {
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

  private options({ name, url }: EtcdMember): IOptions {
    return {
      hosts: url,
      credentials: {
        rootCertificate: Buffer.from(this.o.caPem),
        certChain: Buffer.from(this.o.certPem),
        privateKey: Buffer.from(this.o.keyPem),
      },
      faultHandling: { host: () => noop, global: noop },
      grpcOptions: {
        // TLS knows names, not addresses.
        "grpc.ssl_target_name_override": name,
        // A member that comes back is found within a second.
        "grpc.initial_reconnect_backoff_ms": 200,
        "grpc.max_reconnect_backoff_ms": 1_000,
      },
      defaultCallOptions: (call) => (call.isStream ? {} : { deadline: Date.now() + this.timeoutMs }),
    };
  }
}
