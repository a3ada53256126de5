import { PassThrough, Transform, type Readable, type TransformCallback } from "node:stream";
import Docker from "dockerode";
import { COMPOSE_PROJECT, DAEMON_CONTAINER } from "../spec/paths";
import { NotFound } from "./errors";
import type { Redactor } from "./redact";

export interface LogOptions {
  /** Last lines to begin with. */
  readonly tail: number;
  /** Goes on with new lines until the signal fires. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** Logs of the containers on this host. */
export interface ComponentLogs {
  /** Text, line by line. Throws NotFound when there is no such container. */
  open(component: string, o: LogOptions): Promise<Readable>;
}

/** What a component has written to stdout and stderr, from the engine behind /var/run/docker.sock. */
export class DockerLogs implements ComponentLogs {
  private readonly docker = new Docker({ socketPath: "/var/run/docker.sock" });

  async open(component: string, { tail, follow, signal }: LogOptions): Promise<Readable> {
    const name = component === "daemon" ? DAEMON_CONTAINER : `${COMPOSE_PROJECT}-${component}`;
    const text = new PassThrough();
    const source = await this.read(component, name, { tail, follow, signal });
    this.docker.modem.demuxStream(source, text, text);
    source.once("end", () => text.end());
    source.once("close", () => text.end());
    source.once("error", () => text.end());
    signal.addEventListener("abort", () => (source as unknown as Readable).destroy(), { once: true });
    return text;
  }

  private async read(component: string, name: string, { tail, follow, signal }: LogOptions) {
    const both = { stdout: true, stderr: true, tail, abortSignal: signal };
    const container = this.docker.getContainer(name);
    try {
      if (follow) return await container.logs({ ...both, follow: true });
      const whole = new PassThrough();
      whole.end(await container.logs({ ...both, follow: false }));
      return whole;
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode !== 404) throw error;
      throw new NotFound(`there is no "${component}" on this peer: GET /status names what runs where`);
    }
  }
}

/** Takes secrets out of a text, line by line: a component may have written one. */
export function redacted(text: Readable, redactor: Redactor): Readable {
  return text.pipe(new RedactedLines(redactor)).once("close", () => text.destroy());
}

class RedactedLines extends Transform {
  private rest = "";

  constructor(private readonly redactor: Redactor) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    const text = this.rest + chunk.toString("utf8");
    const end = text.lastIndexOf("\n") + 1;
    this.rest = text.slice(end);
    done(null, this.redactor.text(text.slice(0, end)));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.redactor.text(this.rest));
  }
}
