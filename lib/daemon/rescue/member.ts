import { etcdPeerUrl } from "../../render";
import { dataDir } from "../../spec/disks";
import { peerOf } from "../../spec/host";
import { ROLES } from "../../spec/spec";
import type { PeerEvidence } from "../../api/rescue-wire";
import { verifySnapshot } from "../backups/etcdutl";
import { SnapshotDir } from "../backups/snapshot-dir";
import { Conflict } from "../errors";
import type { Log } from "../log";
import type { Components } from "../ports/components";
import { fetchEtcdSnapshot } from "../tasks/fetch-etcd-snapshot";
import type { TaskContext } from "../tasks/task";
import { until } from "../wait";
import { EtcdDataDir } from "./data-dir";
import type { EtcdAdmin } from "./etcd-admin";
import { dataOf, evidenceOf } from "./evidence";
import { asideOf, type RescueStep, type StepAnswers, type StepParams } from "./steps";

export interface RescueMemberOptions {
  readonly components: Pick<Components, "list" | "start" | "stop">;
  readonly log: Log;
  /** Of a run: whoever began last goes on. */
  readonly turn: RescueTurn;
}

/** Which run this peer works for. */
export interface RescueTurn {
  run?: string;
}

/** Longer than any step takes, so that the watchdog starts nothing that is stopped here. */
const MARK_MS = 1_200_000;
/** All members start at once; the slowest replays its log. */
const MAJORITY_MS = 120_000;
const MILVUS: ReadonlySet<string> = new Set([...ROLES, "standalone"]);

/** One peer's part in forming etcd anew. Every step may be done again. */
export class RescueMember {
  private readonly peer: string;
  private readonly data: EtcdDataDir;
  private readonly snapshots: SnapshotDir;

  constructor(
    private readonly o: RescueMemberOptions,
    private readonly ctx: TaskContext,
    private readonly admin: EtcdAdmin,
  ) {
    const { config, spec, ports } = ctx;
    this.peer = config.identity.name;
    this.data = new EtcdDataDir(dataDir(spec, "etcd"), spec.images.etcd, ports.engine);
    this.snapshots = new SnapshotDir(config.identity.dataRoot);
  }

  async evidence(): Promise<PeerEvidence> {
    const { ports, spec, config, signal } = this.ctx;
    const { peer, admin, data } = this;
    const found = (await this.o.components.list()).find(({ service }) => service === "etcd");
    const mayRun = found !== undefined && found.phase !== "exited" && found.phase !== "created";
    const base = { peer, admin, data, mayRun, engine: ports.engine, image: spec.images.etcd };
    return evidenceOf({ ...base, dataRoot: config.identity.dataRoot, signal });
  }

  readonly steps: { readonly [S in RescueStep]: (params: StepParams<S>) => Promise<StepAnswers[S]> } = {
    freeze: (params) => this.freeze(params),
    copy: (params) => this.copy(params),
    fetch: (params) => this.fetch(params),
    prepare: (params) => this.prepare(params),
    swap: (params) => this.swap(params),
    start: (params) => this.start(params),
    thaw: (params) => this.thaw(params),
  };

  private async freeze({ run, rejoin }: StepParams<"freeze">): Promise<StepAnswers["freeze"]> {
    // Whoever asks may have looked minutes ago.
    if (!rejoin && (await this.admin.serves(this.peer))) {
      throw new Conflict(`etcd on ${this.peer} is part of a majority: it is not stopped`);
    }
    this.o.turn.run = run;
    this.ctx.marks.set("*", "etcd is formed anew", MARK_MS);
    const services = await this.services();
    await Promise.all(services.filter((s) => MILVUS.has(s)).map((s) => this.o.components.stop(s)));
    if (services.includes("etcd")) await this.o.components.stop("etcd");
    this.say(run, "Milvus and etcd are stopped");
    return dataOf(this.data, false);
  }

  private async copy({ run }: StepParams<"copy">): Promise<StepAnswers["copy"]> {
    this.check(run);
    const file = `${run}.db`;
    const digest = await this.snapshots.write(file, this.data.asSnapshot());
    const { engine } = this.ctx.ports;
    const { spec, signal } = this.ctx;
    await verifySnapshot({ engine, image: spec.images.etcd, dir: this.snapshots, file, signal });
    this.say(run, `its data is copied to ${this.snapshots.path}/${file}`);
    return { file, ...digest };
  }

  private async fetch({ run, ...wanted }: StepParams<"fetch">): Promise<StepAnswers["fetch"]> {
    this.check(run);
    const answer = await fetchEtcdSnapshot.run(wanted, this.ctx);
    this.say(run, `it holds ${wanted.file}`);
    return answer;
  }

  private async prepare({ run, file, members }: StepParams<"prepare">): Promise<Record<string, never>> {
    this.check(run);
    const { spec } = this.ctx;
    await this.data.prepare({
      ...{ name: this.peer, snapshots: this.snapshots.path, file },
      // Another token makes other ids: members of before, with their longer logs, cannot take part by mistake.
      token: `${spec.name}-${run}`,
      initialCluster: members.map((name) => `${name}=${etcdPeerUrl(spec, peerOf(spec, name))}`).join(","),
      peerUrl: etcdPeerUrl(spec, peerOf(spec, this.peer)),
    });
    this.say(run, `new data of etcd is made from ${file}, for members ${members.join(", ")}`);
    return {};
  }

  private async swap({ run }: StepParams<"swap">): Promise<Record<string, never>> {
    this.check(run);
    await this.data.swap(asideOf(run));
    this.say(run, `its old data is put aside as ${asideOf(run)}, the new is in its place`);
    return {};
  }

  private async start({ run }: StepParams<"start">): Promise<Record<string, never>> {
    this.check(run);
    await this.o.components.start("etcd");
    const missing = async (): Promise<string | undefined> =>
      (await this.admin.serves(this.peer)) ? undefined : "it finds no majority";
    const wait = { what: `etcd on ${this.peer}`, deadlineMs: MAJORITY_MS, signal: this.ctx.signal };
    await until(missing, wait);
    await this.startMilvus();
    this.say(run, "etcd is part of a majority, and Milvus starts");
    return {};
  }

  private async thaw({ run }: StepParams<"thaw">): Promise<Record<string, never>> {
    // Nothing was stopped here for this run, or another one has taken over.
    if (this.o.turn.run !== run) return {};
    await this.data.forgetPrepared();
    // A member without data would vote for an empty etcd, and two of those are a majority.
    if (await this.data.isThere()) await this.o.components.start("etcd");
    await this.startMilvus();
    this.say(run, "what was stopped starts again, with the data that it had");
    return {};
  }

  /** All of them: those that an earlier, broken-off run has stopped as well. */
  private async startMilvus(): Promise<void> {
    const milvus = (await this.services()).filter((s) => MILVUS.has(s));
    await Promise.all(milvus.map((service) => this.o.components.start(service)));
    this.ctx.marks.clear("*");
  }

  private async services(): Promise<string[]> {
    return (await this.o.components.list()).map(({ service }) => service);
  }

  private check(run: string): void {
    const { turn } = this.o;
    if (turn.run === run) return;
    const who = turn.run === undefined ? "its daemon has restarted since" : `${turn.run} began after it`;
    throw new Conflict(`${this.peer} no longer works for ${run}: ${who}; give the command again`);
  }

  private say(run: string, sentence: string): void {
    this.o.log.info({ rescue: run }, sentence);
  }
}
