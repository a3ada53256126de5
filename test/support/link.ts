import * as net from "node:net";

/** A way to a port of this machine that can be cut: from then on bytes vanish in both directions, and nobody is told. */
export class Link {
  private isCut = false;
  private readonly sockets = new Set<net.Socket>();

  private constructor(
    private readonly server: net.Server,
    private readonly target: number,
  ) {}

  static async to(target: number): Promise<Link> {
    const server = net.createServer();
    const link = new Link(server, target);
    server.on("connection", (socket) => link.accept(socket));
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return link;
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  cut(): void {
    this.isCut = true;
  }

  /** New connections work again; those that have lost bytes end. */
  mend(): void {
    this.isCut = false;
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(near: net.Socket): void {
    const far = net.connect(this.target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from.on("data", (bytes: Buffer) => this.isCut || to.write(bytes));
      from.on("close", () => {
        this.sockets.delete(from);
        if (!this.isCut) to.destroy();
      });
      from.on("error", () => undefined);
    }
  }
}
