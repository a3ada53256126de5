import type { WatchdogMode } from "../../spec/spec";
import type { AlertSink } from "../alerts/alert";
import type { Log } from "../log";
import type { ComponentEvent, Component, Components } from "../ports/components";
import type { StopRecord } from "../store/records";
import { messageOf, within } from "../wait";
import { decide, type Action, type Decision } from "./decide";
import type { Dependencies } from "./dependencies";
import { EventFeed } from "./event-feed";
import type { WatchdogFacts } from "./facts";
import type { History } from "./history";
import { LIMITS, type Limits } from "./limits";
import type { MaintenanceMarks } from "./marks";

/** For the engine to answer a question. */
const LIST_MS = 8_000;
/** Longer than the longest stop grace period that is rendered. */
const ACTION_MS = 240_000;

export interface WatchdogOptions {
  readonly node: string;
  readonly components: Components;
  readonly dependencies: Dependencies;
  readonly marks: MaintenanceMarks;
  readonly mode: () => WatchdogMode;
  /** Whether somebody has stopped the cluster. @default - nobody has */
  readonly stopped?: () => StopRecord | undefined;
  /** What components need of other peers and have not, by component; asked only while something is wrong here. */
  readonly missing: () => Promise<ReadonlyMap<string, string>>;
  readonly alerts: AlertSink;
  readonly log: Log;
  /** @default LIMITS */
  readonly limits?: Limits;
  /** Milliseconds on a clock that never jumps. @default performance.now */
  readonly now?: () => number;
}

/** Keeps the components of this peer up: looks at them every tick and after each event, and does what `decide` says. */
export class Watchdog {
  private readonly limits: Limits;
  private readonly now: () => number;
  private stopped = false;
  private readonly feed: EventFeed;
  private loop: Promise<void> | undefined;
  private history: History;
  private readonly busy = new Map<string, Promise<void>>();
  private readonly restarts = new Map<string, number>();

  constructor(private readonly o: WatchdogOptions) {
    this.limits = o.limits ?? LIMITS;
    this.now = o.now ?? (() => performance.now());
    this.history = { beganMs: this.now(), past: new Map() };
    this.feed = new EventFeed(o.components, o.log);
  }

  get facts(): Omit<WatchdogFacts, "peersDown"> {
    const stopped = [...this.history.past].filter(([, { givenUp }]) => givenUp).map(([service]) => service);
    return { restarts: [...this.restarts].map(([component, count]) => ({ component, count })), stopped };
  }

  start(): void {
    this.feed.start();
    this.loop ??= this.run();
  }

  /** What the engine was asked to do goes on there. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([this.feed.stop(), this.loop]);
  }

  /** One look; returns one sentence of what it found. Does not wait for what it has begun. */
  async tick(): Promise<string> {
    // First, so that the list is never older than they are.
    const events = this.feed.take();
    const components = await this.list(events);
    const missing = allWell(components, events) ? new Map<string, string>() : await this.o.missing();
    const decision = decide(this.history, {
      ...{ node: this.o.node, mode: this.o.mode(), dependencies: this.o.dependencies, limits: this.limits },
      ...{ nowMs: this.now(), components, events, missing, stopped: this.o.stopped?.() },
      leaveAlone: (service) =>
        this.o.marks.why(service) ?? (this.busy.has(service) ? "under way" : undefined),
    });
    if (this.stopped) return decision.sentence;
    this.history = decision.history;
    this.tell(decision);
    for (const action of decision.actions) this.begin(action);
    return decision.sentence;
  }

  /** Waits until what was begun has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.busy.values());
  }

  private async list(events: readonly ComponentEvent[]): Promise<Component[]> {
    try {
      return await within(LIST_MS, "Docker", this.o.components.list());
    } catch (error) {
      this.feed.giveBack(events);
      throw error;
    }
  }

  private tell({ alerts, notes }: Decision): void {
    for (const note of notes) this.o.log.warn(note);
    for (const alert of alerts) {
      this.o.alerts.raise(alert);
      if (alert.name !== "COMPONENT_RESTART") continue;
      const component = String(alert.fields.component);
      this.restarts.set(component, (this.restarts.get(component) ?? 0) + 1);
    }
  }

  private begin({ kind, service }: Action): void {
    const done = within(ACTION_MS, `docker ${kind} of ${service}`, this.o.components[kind](service))
      .then(() => this.o.log.info({ component: service }, `watchdog: ${kind} of ${service} done`))
      .catch((error: unknown) => this.o.log.error({ component: service }, `watchdog: ${messageOf(error)}`))
      .finally(() => this.busy.delete(service));
    this.busy.set(service, done);
  }

  private async run(): Promise<void> {
    let last = "";
    while (!this.stopped) {
      const found = await this.tick().catch((error: unknown) => `cannot look: ${messageOf(error)}`);
      if (found !== last && !this.stopped) this.o.log.info(`watchdog: ${found}`);
      last = found;
      await this.feed.next(this.limits.tickMs);
    }
  }
}

function allWell(components: readonly Component[], events: readonly ComponentEvent[]): boolean {
  const well = components.every((c) => c.phase === "running" && c.health !== "unhealthy");
  return well && !events.some((e) => e.action === "die");
}
