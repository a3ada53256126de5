import type {
  Component,
  ComponentEvent,
  Components,
  EventsOptions,
} from "../../../../lib/daemon/ports/components";

/** An engine in memory: it tells of what is done to its containers, as Docker does. */
export class FakeComponents implements Components {
  readonly containers = new Map<string, Component>();
  /** What it was asked to do, e.g. "restart proxy". */
  readonly asked: string[] = [];
  /** By service: the next action on it fails with this. */
  readonly failures = new Map<string, Error>();
  /** Set to make it answer no question. */
  down: Error | undefined;
  /** Streams that are open, with the moment since which they want to know. */
  readonly streams: EventsOptions[] = [];
  private seconds = 0;

  constructor(...services: string[]) {
    for (const service of services) this.set({ service, phase: "running", health: "healthy" });
  }

  set(component: Component): void {
    this.containers.set(component.service, component);
  }

  unhealthy(service: string): void {
    this.set({ service, phase: "running", health: "unhealthy" });
    this.tell({ service, action: "health" });
  }

  /** As `docker stop` by somebody. */
  stopByHand(service: string): void {
    this.exit(service, 0, true);
    this.tell({ service, action: "stop" });
  }

  /** Its process ends; `asked`: by `docker kill`. */
  exit(service: string, exitCode: number, asked = false): void {
    if (asked) this.tell({ service, action: "kill" });
    this.set({ service, phase: "exited", health: "none", detail: `Exited (${exitCode}) 1 second ago` });
    this.tell({ service, action: "die", exitCode });
  }

  run(service: string): void {
    this.set({ service, phase: "running", health: "starting" });
    this.tell({ service, action: "start" });
  }

  tell(event: ComponentEvent): void {
    this.seconds += 1;
    for (const { onEvent } of this.streams) onEvent(event, this.seconds);
  }

  async remove(service: string): Promise<void> {
    this.asked.push(`remove ${service}`);
  }

  async signal(service: string, signal: NodeJS.Signals): Promise<void> {
    this.asked.push(`${signal} ${service}`);
  }

  async list(): Promise<Component[]> {
    if (this.down) throw this.down;
    return [...this.containers.values()];
  }

  async restart(service: string): Promise<void> {
    this.ask(`restart ${service}`, service);
    this.stopByHand(service);
    this.run(service);
  }

  async start(service: string): Promise<void> {
    this.ask(`start ${service}`, service);
    this.run(service);
  }

  async stop(service: string): Promise<void> {
    this.ask(`stop ${service}`, service);
    this.stopByHand(service);
  }

  async events(o: EventsOptions): Promise<void> {
    if (this.down) throw this.down;
    this.streams.push(o);
    await new Promise<void>((resolve) => o.signal.addEventListener("abort", () => resolve(), { once: true }));
  }

  private ask(what: string, service: string): void {
    this.asked.push(what);
    const failure = this.failures.get(service);
    this.failures.delete(service);
    if (failure) throw failure;
  }
}
