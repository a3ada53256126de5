import type { PeerIdentity } from "../../spec/identity";
import { peerOf } from "../../spec/host";
import type { FormRequest } from "../../api/wire";
import type { ClusterSpec, PeerAddress } from "../../spec/spec";
import { NotLeader } from "../store/records";
import { messageOf, within } from "../wait";
import type { PeerTls } from "../peers";
import { askPeer, textOf } from "./peer-request";
import { TERM_HEADER, type PeerTask, type PeerTasks, type TaskContext, type TaskOptions } from "./task";
import type { TermGate } from "./term-gate";

export interface RemoteTasksOptions {
  readonly identity: PeerIdentity;
  readonly tls: PeerTls;
  /** In force now. */
  readonly spec: () => ClusterSpec;
  readonly gate: TermGate;
  /** Term of this peer while it leads, else undefined. */
  readonly term: () => string | undefined;
  /** For tasks of this peer itself. */
  readonly context: (signal: AbortSignal) => TaskContext;
}

const DEADLINE_MS = 120_000;

/** Tasks in the term of this peer: of other peers by their API, of this one without it. */
export class RemoteTasks implements PeerTasks {
  constructor(private readonly o: RemoteTasksOptions) {}

  async run<P, R>(
    peer: string,
    task: PeerTask<P, R>,
    params: P,
    { deadlineMs = DEADLINE_MS, signal, spec = this.o.spec() }: TaskOptions = {},
  ): Promise<R> {
    const term = this.o.term();
    if (term === undefined)
      throw new NotLeader(`${this.o.identity.name} no longer leads: its successor goes on`);
    const late = new AbortController();
    const both = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
    const what = `${peer}: ${task.name}`;
    const work =
      peer === this.o.identity.name
        ? this.here(task, params, term, both)
        : this.there(peerOf(spec, peer), task, params, term, both);
    return within(deadlineMs, what, work, () => late.abort(new Error(`no end after ${deadlineMs / 1000} s`)));
  }

  private async here<P, R>(task: PeerTask<P, R>, params: P, term: string, signal: AbortSignal): Promise<R> {
    this.o.gate.pass(term);
    try {
      return await task.run(params, this.o.context(signal));
    } catch (error) {
      throw new Error(`${this.o.identity.name}: ${messageOf(error)}`, { cause: error });
    }
  }

  async admit(peer: PeerAddress, request: FormRequest, signal: AbortSignal): Promise<void> {
    const { tls } = this.o;
    const to = { peer, port: request.spec.ports.daemon, tls };
    const late = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
    await textOf(await askPeer(to, { method: "POST", path: "/internal/admit", body: request, signal: late }));
  }

  private async there<P, R>(
    peer: PeerAddress,
    task: PeerTask<P, R>,
    params: P,
    term: string,
    signal: AbortSignal,
  ): Promise<R> {
    const to = { peer, port: this.o.spec().ports.daemon, tls: this.o.tls };
    const response = await askPeer(to, {
      method: "POST",
      path: `/internal/tasks/${task.name}`,
      headers: { [TERM_HEADER]: term },
      body: params,
      signal,
    });
    const text = await textOf(response);
    return (text === "" ? undefined : JSON.parse(text)) as R;
  }
}
