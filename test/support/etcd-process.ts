import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Component, Components } from "../../lib/daemon/ports/components";

/** etcd as a process of this machine, and a Milvus role that is but a word: the containers of one peer. */
export class EtcdProcess implements Pick<Components, "list" | "start" | "stop"> {
  /** What was done to the components, in order. */
  readonly events: string[] = [];
  private process: ChildProcess | undefined;

  constructor(
    private readonly binary: string,
    private readonly flags: readonly string[],
  ) {}

  async list(): Promise<Component[]> {
    const etcd = { service: "etcd", phase: this.runs ? "running" : "exited", health: "none" } as const;
    const others = ["proxy", "minio"].map(
      (service) => ({ service, phase: "running", health: "healthy" }) as const,
    );
    return [etcd, ...others];
  }

  async start(service: string): Promise<void> {
    this.events.push(`start ${service}`);
    if (service !== "etcd" || this.runs) return;
    this.process = spawn(this.binary, this.flags, { stdio: "ignore" });
  }

  async stop(service: string): Promise<void> {
    this.events.push(`stop ${service}`);
    if (service === "etcd") await this.end("SIGTERM");
  }

  /** As a crash of the VM ends it. */
  kill(): Promise<void> {
    return this.end("SIGKILL");
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { process } = this;
    if (!process || !this.runs) return;
    const exited = once(process, "exit");
    process.kill(signal);
    await exited;
  }

  private get runs(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }
}
