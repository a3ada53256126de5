import { randomBytes } from "node:crypto";
import type {
  NospaceReport,
  NospaceRequest,
  PeerEvidence,
  ReformOptions,
  ReformPlan,
  ReformRequest,
} from "../../api/rescue-wire";
import { etcdPeers } from "../../spec/etcd";
import { BadRequest, Conflict } from "../errors";
import { etcdClients } from "../etcd-clients";
import type { Log } from "../log";
import type { Components } from "../ports/components";
import { snapshotName } from "../backups/snapshot-dir";
import type { TaskContext } from "../tasks/task";
import { messageOf } from "../wait";
import { EtcdAdmin } from "./etcd-admin";
import { RescueMember, type RescueTurn } from "./member";
import { freeSpace, reportNospace, type NospaceOptions, type Say } from "./nospace";
import { RescuePeers } from "./peers";
import { planOf } from "./plan";
import { reform } from "./reform";
import { RESCUE_STEPS, type RescueStep, type StepParams } from "./steps";

export interface RescueDeskOptions {
  readonly log: Log;
  readonly host: { readonly components: Pick<Components, "list" | "start" | "stop"> };
  /** Undefined while this peer is in no cluster. */
  readonly cluster: () => { taskContext(signal: AbortSignal): TaskContext } | undefined;
}

/** Work that has been begun: it goes on whether or not anybody listens. */
export type Begun = (say: Say) => Promise<object>;

/** What a request is answered with. */
interface Tools {
  readonly ctx: TaskContext;
  readonly admin: EtcdAdmin;
  readonly member: RescueMember;
  readonly peers: RescuePeers;
}

/** Rescues etcd on behalf of a person, through any peer: without etcd there is no leader, and no job. */
export class RescueDesk {
  private readonly turn: RescueTurn = {};
  private busy: string | undefined;

  constructor(private readonly o: RescueDeskOptions) {}

  nospace(): Promise<NospaceReport> {
    return this.with((tools) => reportNospace(nospaceOf(tools)));
  }

  /** Throws when it is not confirmed; what is returned does the work. */
  async freeSpace({ cluster, force = false }: NospaceRequest): Promise<Begun> {
    this.confirm(cluster);
    return this.begin("rescue nospace", (say) =>
      this.with((tools) => freeSpace({ ...nospaceOf(tools), force, say })),
    );
  }

  plan(o: ReformOptions): Promise<ReformPlan> {
    return this.with(async ({ ctx, peers }) =>
      planOf({ cluster: ctx.spec.name, ...(await peers.look()) }, o),
    );
  }

  /** As `freeSpace`; the work looks once more at all peers, and fails before it does anything where the plan is refused. */
  async reform({ cluster, ...request }: ReformRequest): Promise<Begun> {
    this.confirm(cluster);
    return this.begin("rescue etcd-quorum", (say) =>
      this.with(async ({ ctx, peers }) => {
        const found = await peers.look();
        const { refusal } = planOf({ cluster: ctx.spec.name, ...found }, request);
        if (refusal !== undefined) throw new Conflict(refusal);
        return reform({ run: newRun(), peers: found.peers, request, step: peers.step, say });
      }),
    );
  }

  evidence(): Promise<PeerEvidence> {
    return this.with(({ member }) => member.evidence());
  }

  /** A step that the peer asks for that forms etcd anew. `params` are checked here. */
  step(name: RescueStep, params: unknown): Promise<object> {
    const known = RESCUE_STEPS[name].params.parse(params) as StepParams<RescueStep>;
    return this.with(({ member }) => (member.steps[name] as (p: typeof known) => Promise<object>)(known));
  }

  private begin(what: string, work: (say: Say) => Promise<object>): Begun {
    if (this.busy !== undefined)
      throw new Conflict(`${this.busy} is under way on this peer: see milvus-onprem logs daemon`);
    this.busy = what;
    return async (say) => {
      const both: Say = (sentence) => {
        this.o.log.info({ rescue: what }, sentence);
        say(sentence);
      };
      try {
        return await work(both);
      } catch (error) {
        this.o.log.error({ rescue: what }, messageOf(error));
        throw error;
      } finally {
        this.busy = undefined;
      }
    };
  }

  private confirm(cluster: string): void {
    const { spec } = this.context();
    if (cluster === spec.name) return;
    throw new BadRequest(
      `"cluster" must be the name of this cluster, ${spec.name}: it confirms that it is meant`,
    );
  }

  private context(): TaskContext {
    // It goes on when the client has gone.
    const found = this.o.cluster()?.taskContext(new AbortController().signal);
    if (!found) throw new Conflict("this peer is in no cluster yet");
    return found;
  }

  private async with<T>(work: (tools: Tools) => Promise<T>): Promise<T> {
    const ctx = this.context();
    const admin = adminOf(ctx);
    const member = new RescueMember(
      { ...this.o, components: this.o.host.components, turn: this.turn },
      ctx,
      admin,
    );
    try {
      return await work({ ctx, admin, member, peers: new RescuePeers(ctx, member) });
    } finally {
      admin.close();
    }
  }
}

function nospaceOf({ ctx, admin }: Tools): NospaceOptions {
  return { cluster: ctx.spec.name, peers: etcdPeers(ctx.spec).map((p) => p.name), admin };
}

function adminOf({ config: { identity, tls }, spec }: TaskContext): EtcdAdmin {
  const members = etcdClients(spec, identity.name);
  return new EtcdAdmin({ members, ...tls });
}

function newRun(): string {
  return snapshotName(`rescue-${randomBytes(4).toString("hex")}`, new Date()).replace(/\.db$/, "");
}
