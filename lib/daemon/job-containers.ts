import { PassThrough } from "node:stream";
import { createInterface } from "node:readline";
import Docker from "dockerode";
import type { JobContainer, JobContainers } from "./ports/job-containers";
import { tarOf } from "./tar";
import { DeadlineError, within } from "./wait";

/** Marks such containers, so that those of a daemon that died are found. */
export const JOB_LABEL = "milvus-onprem.job";
/** For the engine to remove a container that does nothing any more. */
const REMOVE_MS = 60_000;
const WATCH_MS = 1_000;

/** The engine behind /var/run/docker.sock. */
export class DockerJobContainers implements JobContainers {
  private readonly docker = new Docker({ socketPath: "/var/run/docker.sock" });
  /** Of this daemon, still at work. */
  private readonly own = new Set<string>();

  async run(job: JobContainer): Promise<number> {
    job.signal.throwIfAborted();
    const container = await this.docker.createContainer({
      Image: job.image,
      Entrypoint: [...job.command.slice(0, 1)],
      Cmd: [...job.command.slice(1)],
      Env: Object.entries(job.env).map(([name, value]) => `${name}=${value}`),
      User: "0:0",
      Labels: { [JOB_LABEL]: job.name },
      HostConfig: {
        NetworkMode: "host",
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges"],
        // It is told to the job line by line, and kept nowhere else.
        LogConfig: { Type: "none", Config: {} },
      },
    });
    this.own.add(container.id);
    try {
      await container.putArchive(tarOf(job.files), { path: "/" });
      return await this.finished(container, job);
    } finally {
      await within(REMOVE_MS, `remove the container of ${job.name}`, container.remove({ force: true }));
      this.own.delete(container.id);
    }
  }

  async removeLeftovers(): Promise<number> {
    const found = await this.docker.listContainers({ all: true, filters: { label: [JOB_LABEL] } });
    const left = found.filter(({ Id }) => !this.own.has(Id));
    for (const { Id } of left) await this.docker.getContainer(Id).remove({ force: true }).catch(unlessGone);
    return left.length;
  }

  private async finished(container: Docker.Container, job: JobContainer): Promise<number> {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const ended = new Promise<void>((resolve, reject) => stream.once("end", resolve).once("error", reject));
    let heardMs = performance.now();
    const hear = (line: string): void => {
      heardMs = performance.now();
      job.onLine(line);
    };
    const outputs = [linesOf(hear), linesOf(hear)] as const;
    container.modem.demuxStream(stream, outputs[0].sink, outputs[1].sink);
    await container.start();
    const exited = container.wait() as Promise<{ StatusCode: number }>;
    const { StatusCode } = await unlessStopped(exited, job, () => heardMs);
    await within(REMOVE_MS, `the rest of what ${job.name} says`, ended);
    for (const { sink } of outputs) sink.end();
    await Promise.all(outputs.map(({ closed }) => closed));
    return StatusCode;
  }
}

/** Throws when the program is to end, or has been silent for too long; what it runs in is removed then. */
async function unlessStopped<T>(exited: Promise<T>, job: JobContainer, heardMs: () => number): Promise<T> {
  const { signal, silenceMs, name } = job;
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const over = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop);
    timer = setInterval(() => {
      if (performance.now() - heardMs() < silenceMs) return;
      reject(new DeadlineError(name, silenceMs, "it is still running", "it has said nothing for"));
    }, WATCH_MS);
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([exited, over]);
  } finally {
    clearInterval(timer);
    signal.removeEventListener("abort", stop!);
    exited.catch(() => undefined);
  }
}

function linesOf(onLine: (line: string) => void): { sink: PassThrough; closed: Promise<void> } {
  const sink = new PassThrough();
  const lines = createInterface({ input: sink });
  lines.on("line", onLine);
  return { sink, closed: new Promise((resolve) => lines.once("close", resolve)) };
}

function unlessGone(error: unknown): void {
  if (![404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
}
