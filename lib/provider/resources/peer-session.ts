import { DaemonClient } from "../../api/client";
import type { Host, SshOptions } from "../../host";

export interface SessionOptions {
  /** Name of the peer, which its certificate carries. */
  readonly name: string;
  readonly ssh: SshOptions;
  readonly daemonPort: number;
  readonly caPem: string;
  readonly token: string;
  readonly signal: AbortSignal;
  /** Milliseconds that a request to the daemon may take. @default - as DaemonClient */
  readonly requestMs?: number;
}

/** One peer over one SSH connection: the VM, and the daemon on it. A lost connection is made anew by the next request. */
export class PeerSession {
  readonly name: string;
  readonly daemon: DaemonClient;
  #host: Promise<Host> | undefined;

  constructor(private readonly o: SessionOptions) {
    this.name = o.name;
    this.daemon = new DaemonClient({
      caPem: o.caPem,
      servername: o.name,
      token: o.token,
      signal: o.signal,
      timeoutMs: o.requestMs,
      connect: () => this.#forward("127.0.0.1", o.daemonPort),
      connectTo: (host, port) => this.#forward(host, port),
    });
  }

  /** Logs in, once. Throws HostError. */
  host(): Promise<Host> {
    this.#host ??= this.#connect();
    return this.#host;
  }

  close(): void {
    this.#host?.then((host) => host.close()).catch(() => undefined);
    this.#host = undefined;
  }

  async #connect(): Promise<Host> {
    const { Host } = await import("../../host/index.js");
    return Host.connect(this.o.ssh, this.o.signal);
  }

  async #forward(host: string, port: number): ReturnType<Host["forward"]> {
    try {
      return await (await this.host()).forward(host, port);
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

/** Runs `work` with sessions that are closed whatever happens. */
export async function withSessions<R>(
  sessions: readonly PeerSession[],
  work: (sessions: readonly PeerSession[]) => Promise<R>,
): Promise<R> {
  try {
    return await work(sessions);
  } finally {
    for (const session of sessions) session.close();
  }
}
