import { AlarmAction, AlarmType } from "etcd3";
import { Failover } from "../failover";
import { EtcdClient, type EtcdMember, type EtcdTls } from "../store/etcd-member";
import { until, within } from "../wait";

export interface EtcdAdminOptions extends EtcdTls {
  readonly members: readonly EtcdMember[];
  /** For a member to tell of itself. @default 3000 */
  readonly lookMs?: number;
}

export interface MemberFacts {
  readonly memberId: string;
  readonly clusterId: string;
  readonly isLeader: boolean;
  readonly hasLeader: boolean;
  readonly bytes: number;
  readonly bytesInUse: number;
  /** Last revision that it has applied. */
  readonly revision: number;
  /** Ids of the members that have raised NOSPACE. */
  readonly full: readonly string[];
}

const LOOK_MS = 3_000;
/** An election that is under way is over by then, and a single question to a majority as well. */
const QUORUM_MS = 8_000;
const ASK_MS = 3_000;
/** A database of 4 GiB is rewritten in some minutes, on a slow disk. */
const WORK_MS = 600_000;

/** What an operator does to etcd itself, member by member. Nothing of it needs a leader of the daemons, or writes a key. */
export class EtcdAdmin {
  private readonly clients: ReadonlyMap<string, EtcdClient>;
  private readonly any: Failover<EtcdClient>;

  constructor(private readonly o: EtcdAdminOptions) {
    this.clients = new Map(o.members.map((member) => [member.name, new EtcdClient(member, o, WORK_MS)]));
    this.any = new Failover([...this.clients.values()], () => true);
  }

  /** As the member sees itself; needs no quorum. */
  async member(name: string): Promise<MemberFacts> {
    const asked = this.client(name).maintenance.status();
    const status = await within(this.o.lookMs ?? LOOK_MS, `etcd on ${name}`, asked);
    const { member_id: memberId, cluster_id: clusterId, revision } = status.header;
    return {
      ...{ memberId, clusterId, revision: Number(revision) },
      isLeader: status.leader !== "0" && status.leader === memberId,
      hasLeader: status.leader !== "0",
      bytes: Number(status.dbSize),
      bytesInUse: Number(status.dbSizeInUse),
      // Of all members: "memberID:10276657743932975437 alarm:NOSPACE".
      full: status.errors.flatMap((e) => /memberID:(\d+) alarm:NOSPACE/.exec(e)?.[1] ?? []),
    };
  }

  /** Whether a majority answers through this member; an election alone makes it wait. */
  async serves(name: string): Promise<boolean> {
    const what = `etcd on ${name}`;
    const ask = async (): Promise<undefined> => {
      await within(ASK_MS, what, this.client(name).get("/").exec());
    };
    return until(ask, { what, deadlineMs: QUORUM_MS }).then(
      () => true,
      () => false,
    );
  }

  /** Forgets the history up to the newest revision, on all members; returns that. Needs a quorum. */
  async compact(): Promise<string> {
    return this.any.call(async (etcd) => {
      const { header } = await within(QUORUM_MS, "etcd", etcd.get("/").exec());
      // Physical: what is not deleted yet could not be given back by a defragmentation.
      await etcd.kv.compact({ revision: header.revision, physical: true }).catch(unlessDone);
      return header.revision;
    });
  }

  /** Gives the free pages of a member's database back to its disk; the member answers nothing meanwhile. */
  async defragment(name: string): Promise<void> {
    await this.client(name).maintenance.defragment();
  }

  /** Takes the alarm NOSPACE of one member away. Needs a quorum. */
  async disarm(memberID: string): Promise<void> {
    const request = { memberID, action: AlarmAction.Deactivate, alarm: AlarmType.Nospace };
    await this.any.call((etcd) => within(QUORUM_MS, "etcd", etcd.maintenance.alarm(request)));
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
  }

  private client(name: string): EtcdClient {
    const found = this.clients.get(name);
    if (!found) throw new Error(`etcd has no member "${name}"`);
    return found;
  }
}

/** Somebody else has compacted to the same revision. */
function unlessDone(error: Error): void {
  if (!error.message.includes("has been compacted")) throw error;
}
