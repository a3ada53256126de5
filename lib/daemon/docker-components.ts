import Docker from "dockerode";
import { COMPOSE_PROJECT } from "../spec/paths";
import type { Component, ComponentEvent, Components, EventsOptions, Phase } from "./ports/components";

/** Components are the containers of this compose project that are no one-off commands. */
const SERVICE_LABEL = "com.docker.compose.service";
const ONEOFF_LABEL = "com.docker.compose.oneoff=False";
/** Health checks may print a page; an alert is a line. */
const DETAIL_LIMIT = 160;
const ACTIONS = ["start", "die", "kill", "stop", "health_status"];

/** Components behind /var/run/docker.sock. */
export class DockerComponents implements Components {
  private readonly docker = new Docker({ socketPath: "/var/run/docker.sock" });
  private readonly labels: string[];
  private readonly eventFilters: Docker.GetEventsOptions["filters"];

  constructor(project: string = COMPOSE_PROJECT) {
    this.labels = [`com.docker.compose.project=${project}`, ONEOFF_LABEL];
    this.eventFilters = { type: ["container"], label: this.labels, event: ACTIONS };
  }

  async list(): Promise<Component[]> {
    const found = await this.docker.listContainers({ all: true, filters: { label: this.labels } });
    return Promise.all(found.map((c) => this.component(c)));
  }

  async restart(service: string): Promise<void> {
    await (await this.container(service)).restart();
  }

  async start(service: string): Promise<void> {
    const container = await this.container(service);
    await unlessAlreadySo(container.start());
  }

  async stop(service: string, graceSeconds?: number): Promise<void> {
    const container = await this.container(service);
    await unlessAlreadySo(container.stop(within(graceSeconds)));
  }

  async remove(service: string, graceSeconds?: number): Promise<void> {
    const label = [...this.labels, `${SERVICE_LABEL}=${service}`];
    for (const { Id } of await this.docker.listContainers({ all: true, filters: { label } })) {
      const container = this.docker.getContainer(Id);
      await unlessAlreadySo(container.stop(within(graceSeconds)));
      await container.remove();
    }
  }

  async signal(service: string, signal: NodeJS.Signals): Promise<void> {
    await (await this.container(service)).kill({ signal });
  }

  async events({ sinceSeconds, signal, onEvent }: EventsOptions): Promise<void> {
    // The client's types do not know the signal.
    const options = { since: sinceSeconds, filters: this.eventFilters, abortSignal: signal };
    const stream = await this.docker.getEvents(options);
    stream.setEncoding("utf8");
    let rest = "";
    try {
      for await (const chunk of stream) {
        const lines = (rest + String(chunk)).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) tell(line, onEvent);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Asks for more only where something is wrong: each question costs the engine as much as the whole list. */
  private async component(c: Docker.ContainerInfo): Promise<Component> {
    const base = { service: c.Labels[SERVICE_LABEL] ?? c.Id, phase: c.State as Phase, health: healthOf(c) };
    if (base.phase === "running" && base.health !== "unhealthy") return base;
    try {
      const { State } = await this.docker.getContainer(c.Id).inspect();
      const said = State.Error || (base.phase === "running" ? lastCheck(State.Health) : c.Status);
      const detail = said && said.replace(/\s+/g, " ").trim().slice(0, DETAIL_LIMIT);
      return { ...base, startFailed: State.Error !== "", detail };
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
      return { ...base, phase: "removing" };
    }
  }

  private async container(service: string): Promise<Docker.Container> {
    const label = [...this.labels, `${SERVICE_LABEL}=${service}`];
    const [found] = await this.docker.listContainers({ all: true, filters: { label } });
    if (!found) throw new Error(`there is no container of ${service} any more`);
    return this.docker.getContainer(found.Id);
  }
}

interface EngineEvent {
  readonly Action: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
}

function tell(line: string, onEvent: EventsOptions["onEvent"]): void {
  const { Action, Actor, timeNano } = JSON.parse(line) as EngineEvent;
  const { exitCode } = Actor.Attributes;
  const service = Actor.Attributes[SERVICE_LABEL] ?? "";
  const action = Action.startsWith("health_status") ? "health" : (Action as ComponentEvent["action"]);
  const code = exitCode === undefined ? {} : { exitCode: Number(exitCode) };
  onEvent({ service, action, ...code }, timeNano / 1e9);
}

/** The list gives the health check's result only inside the text, e.g. "Up 3 minutes (health: starting)". */
function healthOf({ State, Status }: Docker.ContainerInfo): Component["health"] {
  if (State !== "running") return "none";
  const [, health] = /\((?:health: )?(healthy|unhealthy|starting)\)/.exec(Status) ?? [];
  return (health as Component["health"] | undefined) ?? "none";
}

function lastCheck(health: { Log?: readonly { Output: string }[] } | undefined): string | undefined {
  return health?.Log?.at(-1)?.Output;
}

function within(seconds: number | undefined): { t?: number } {
  return seconds === undefined ? {} : { t: seconds };
}

/** 304: it runs already, or has stopped already. */
async function unlessAlreadySo(done: Promise<unknown>): Promise<void> {
  await done.catch((error: unknown) => {
    if (!isStatus(error, 304)) throw error;
  });
}

function isStatus(error: unknown, status: number): boolean {
  return (error as { statusCode?: number }).statusCode === status;
}
