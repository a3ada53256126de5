import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { Server, utils, type AuthContext, type Connection, type ServerChannel } from "ssh2";
import { ed25519 } from "../../support/ssh-keys";

/** An SSH server in this process, on loopback, that runs commands with the local sh. */
export interface TestServer {
  readonly port: number;
  /** OpenSSH line of its (first) host key. */
  readonly hostKey: string;
  /** Every command line it was asked to run. */
  readonly commands: string[];
  /** Every connection that it forwarded: "host:port". */
  readonly forwarded: string[];
  readonly logins: number;
  /** Resolves when nobody is connected. */
  idle(): Promise<void>;
  /** Cuts all connections without a goodbye. */
  cut(): void;
  stop(): Promise<void>;
}

export interface TestServerOptions {
  port?: number;
  hostKeys?: string[];
  /** Public keys that may log in. */
  keys?: string[];
  password?: string;
  /** Ask for the password by keyboard-interactive only, as many servers do. */
  keyboardOnly?: boolean;
  forwarding?: boolean;
  /** Runs a command in its own way, when it returns true. */
  onExec?: (command: string, accept: () => ServerChannel) => boolean;
  /** Changes a command line before it runs. */
  rewrite?: (command: string) => string;
  /** Environment of commands. */
  env?: NodeJS.ProcessEnv;
}

export const ED25519 = ed25519();
export const OTHER = ed25519();
export const SERVER_KEY = ed25519();

export async function startServer(o: TestServerOptions = {}): Promise<TestServer> {
  const hostKeys = o.hostKeys ?? [SERVER_KEY.private];
  const state = { commands: [] as string[], forwarded: [] as string[], logins: 0 };
  const connections = new Set<Connection>();
  const gone = new EventEmitter();
  const server = new Server({ hostKeys }, (client) => {
    connections.add(client);
    client.on("close", () => {
      connections.delete(client);
      gone.emit("gone");
    });
    client.on("error", () => undefined);
    client.on("authentication", (context) => authenticate(o, context));
    client.on("ready", () => {
      state.logins++;
      client.on("session", (accept) => {
        accept().on("exec", (acceptExec, _reject, info) => {
          state.commands.push(info.command);
          if (o.onExec?.(info.command, acceptExec)) return;
          runLocally(acceptExec(), o.rewrite?.(info.command) ?? info.command, o.env);
        });
      });
      client.on("tcpip", (accept, reject, { destIP, destPort }) => {
        if (o.forwarding === false) return reject();
        state.forwarded.push(`${destIP}:${destPort}`);
        const socket = connect(destPort, destIP);
        socket.once("connect", () => {
          const channel = accept();
          channel.on("error", () => undefined);
          channel.pipe(socket).pipe(channel);
        });
        socket.once("error", () => reject());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(o.port ?? 0, "127.0.0.1", resolve));
  const cut = (): void =>
    connections.forEach((c) => (c as unknown as { _sock: { destroy(): void } })._sock.destroy());
  return {
    ...{ commands: state.commands, forwarded: state.forwarded, cut },
    port: (server.address() as AddressInfo).port,
    hostKey: publicLine(hostKeys[0] ?? ""),
    get logins() {
      return state.logins;
    },
    idle: async () => {
      while (connections.size > 0) await once(gone, "gone");
    },
    stop: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function publicLine(privateKey: string): string {
  const key = utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  return `${key.type} ${key.getPublicSSH().toString("base64")}`;
}

function authenticate(o: TestServerOptions, context: AuthContext): void {
  const refuse = (): void => context.reject(["publickey", "password", "keyboard-interactive"]);
  if (context.method === "password") {
    return !o.keyboardOnly && context.password === o.password ? context.accept() : refuse();
  }
  if (context.method === "keyboard-interactive" && o.password !== undefined) {
    return context.prompt("Password: ", (answers) =>
      answers[0] === o.password ? context.accept() : refuse(),
    );
  }
  if (context.method !== "publickey") return refuse();
  const allowed = (o.keys ?? [ED25519.public]).map((line) => utils.parseKey(line));
  const key = allowed.find((k) => !(k instanceof Error) && k.getPublicSSH().equals(context.key.data));
  if (key === undefined || key instanceof Error) return refuse();
  if (context.signature === undefined || context.blob === undefined) return context.accept();
  return key.verify(context.blob, context.signature, context.hashAlgo) === true ? context.accept() : refuse();
}

function runLocally(channel: ServerChannel, command: string, env: NodeJS.ProcessEnv = process.env): void {
  const child = spawn("sh", ["-c", command], { env, detached: true });
  channel.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  channel.on("close", () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid);
  });
  child.on("close", (code) => {
    channel.exit(code ?? 255);
    channel.end();
  });
}
