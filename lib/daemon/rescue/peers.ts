import type { PeerEvidence, SilentPeer } from "../../api/rescue-wire";
import { etcdPeers } from "../../spec/etcd";
import { peerOf } from "../../spec/host";
import { askPeer, textOf, type PeerRequest } from "../tasks/peer-request";
import type { TaskContext } from "../tasks/task";
import { messageOf, within } from "../wait";
import type { RescueMember } from "./member";
import { RESCUE_STEPS, type RescueStep, type StepAnswers, type StepParams, type StepRunner } from "./steps";

/** A snapshot of 4 GiB is read and hashed within this. */
const LOOK_MS = 240_000;

/** The peers that have a member of etcd, this one without a detour. What they are asked needs no leader: without etcd there is none. */
export class RescuePeers {
  constructor(
    private readonly ctx: TaskContext,
    private readonly own: RescueMember,
  ) {}

  /** What each has, or why it does not answer. */
  async look(): Promise<{ peers: PeerEvidence[]; silent: SilentPeer[] }> {
    const names = etcdPeers(this.ctx.spec).map((p) => p.name);
    const looked = await Promise.allSettled(names.map((name) => this.evidenceOf(name)));
    const peers = looked.flatMap((l) => (l.status === "fulfilled" ? [l.value] : []));
    const silent = looked.flatMap((l, i) =>
      l.status === "rejected" ? [{ peer: names[i]!, error: messageOf(l.reason) }] : [],
    );
    return { peers, silent };
  }

  readonly step: StepRunner = async <S extends RescueStep>(
    peer: string,
    step: S,
    params: StepParams<S>,
  ): Promise<StepAnswers[S]> => {
    const { deadlineMs } = RESCUE_STEPS[step];
    if (!this.isHere(peer)) {
      const request = { method: "POST", path: `/internal/rescue/${step}`, body: params } as const;
      return (await this.ask(peer, request, deadlineMs)) as StepAnswers[S];
    }
    const work = this.own.steps[step](params);
    return within(deadlineMs, step, work).catch((error: unknown) => {
      throw new Error(`${peer}: ${messageOf(error)}`, { cause: error });
    });
  };

  private async evidenceOf(peer: string): Promise<PeerEvidence> {
    if (this.isHere(peer)) return within(LOOK_MS, "a look at this peer", this.own.evidence());
    return (await this.ask(peer, { method: "GET", path: "/internal/rescue" }, LOOK_MS)) as PeerEvidence;
  }

  private isHere(peer: string): boolean {
    return peer === this.ctx.config.identity.name;
  }

  private async ask(
    name: string,
    request: Omit<PeerRequest, "signal">,
    deadlineMs: number,
  ): Promise<unknown> {
    const { spec, config } = this.ctx;
    const to = { peer: peerOf(spec, name), port: spec.ports.daemon, tls: config.tls };
    const late = new AbortController();
    const work = askPeer(to, { ...request, signal: late.signal }).then(textOf);
    const text = await within(deadlineMs, `${name}: ${request.method} ${request.path}`, work, () =>
      late.abort(new Error(`no end after ${deadlineMs / 1000} s`)),
    );
    return JSON.parse(text) as unknown;
  }
}
