import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utils } from "ssh2";
import { Host, type SshOptions } from "../../../lib/host";
import { ed25519 } from "../../support/ssh-keys";
import {
  ED25519,
  OTHER,
  SERVER_KEY,
  startServer,
  type TestServer,
  type TestServerOptions,
} from "./ssh-server";
import { failure } from "./support";

let server: TestServer;
const servers: TestServer[] = [];
const hosts: Host[] = [];
const dir = mkdtempSync(join(tmpdir(), "host-test-"));

async function serve(o: TestServerOptions = {}): Promise<TestServer> {
  server = await startServer(o);
  servers.push(server);
  return server;
}

function options(more: Partial<SshOptions> = {}): SshOptions {
  return { host: "127.0.0.1", port: server.port, user: "root", timeoutSeconds: 10, ...more };
}

async function connect(more: Partial<SshOptions>, signal?: AbortSignal): Promise<Host> {
  const host = await Host.connect(options(more), signal);
  hosts.push(host);
  return host;
}

afterEach(async () => {
  hosts.splice(0).forEach((h) => h.close());
  await Promise.all(servers.splice(0).map((s) => s.stop()));
});
afterAll(() => rmSync(dir, { recursive: true }));

const encrypted = ed25519({
  passphrase: "open sesame",
  cipher: "aes256-ctr",
  rounds: 4,
});

describe("ways to log in", () => {
  const file = join(dir, "id");
  writeFileSync(file, ED25519.private);
  const keys = [ED25519.public, encrypted.public];
  const rsa = utils.generateKeyPairSync("rsa", { bits: 2048 });

  test.each<[string, TestServerOptions, Partial<SshOptions>]>([
    ["a key as text", { keys }, { privateKey: ED25519.private }],
    ["a key in a file", { keys }, { privateKeyFile: file }],
    ["an RSA key", { keys: [rsa.public] }, { privateKey: rsa.private }],
    [
      "an encrypted key with its passphrase",
      { keys },
      { privateKey: encrypted.private, passphrase: "open sesame" },
    ],
    ["a password", { password: "secret" }, { password: "secret" }],
    [
      "a password asked for by keyboard-interactive",
      { password: "secret", keyboardOnly: true },
      { password: "secret" },
    ],
    [
      "a password after a refused key",
      { password: "secret" },
      { privateKey: OTHER.private, password: "secret" },
    ],
  ])("%s", async (_title, serverOptions, sshOptions) => {
    await serve(serverOptions);
    const host = await connect(sshOptions);
    expect(await host.run("echo in")).toEqual({ code: 0, stdout: "in\n", stderr: "" });
  });

  test("an agent", async () => {
    await serve();
    const { agent, stop } = await startAgent(ED25519.private);
    const before = process.env.SSH_AUTH_SOCK;
    process.env.SSH_AUTH_SOCK = agent;
    try {
      expect((await (await connect({ agent: true })).run("echo in")).stdout).toBe("in\n");
      const byDefault = await connect({});
      expect((await byDefault.run("echo in")).stdout).toBe("in\n");
    } finally {
      if (before === undefined) delete process.env.SSH_AUTH_SOCK;
      else process.env.SSH_AUTH_SOCK = before;
      stop();
    }
  });
});

describe("options that cannot work fail before any connection", () => {
  const missing = join(dir, "nothing-here");
  test.each<[string, Partial<SshOptions>, RegExp]>([
    [
      "no way to log in",
      { agent: false },
      /no way to log in is given\. Give privateKey, privateKeyFile, agent or password/,
    ],
    ["key file missing", { privateKeyFile: missing }, /cannot read the private key: ENOENT.*nothing-here/],
    [
      "key is not a key",
      { privateKey: "hello" },
      /given as text: Unsupported key format\. Give a private key/,
    ],
    ["key is a public key", { privateKey: ED25519.public }, /it is a public key/],
    ["passphrase missing", { privateKey: encrypted.private }, /passphrase.*Give the key's passphrase/],
    [
      "passphrase wrong",
      { privateKey: encrypted.private, passphrase: "no" },
      /the passphrase does not open it/,
    ],
    [
      "pin is not a key",
      { privateKey: ED25519.private, hostKey: "abc" },
      /neither an OpenSSH public key .* nor a fingerprint/,
    ],
  ])("%s", async (_title, more, message) => {
    await serve();
    const error = await failure(connect(more));
    expect(error.kind).toBe("options");
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`root@127.0.0.1:${server.port}`);
    expect(server.logins).toBe(0);
  });

  test("agent asked for, none there", async () => {
    await serve();
    const before = process.env.SSH_AUTH_SOCK;
    delete process.env.SSH_AUTH_SOCK;
    const error = await failure(connect({ agent: true }));
    if (before !== undefined) process.env.SSH_AUTH_SOCK = before;
    expect(error.message).toMatch(/\$SSH_AUTH_SOCK is not set/);
  });
});

test("a refused key is final at once, and the error names host, user, key and remedy", async () => {
  await serve();
  const error = await failure(
    connect({ privateKey: OTHER.private, password: "hunter2", timeoutSeconds: 60 }),
  );
  expect(error.kind).toBe("authentication");
  expect(error.message).toBe(
    `root@127.0.0.1:${server.port}: cannot log in: the host refused user "root"; tried key ssh-ed25519 given as text, ` +
      "password, keyboard-interactive. Check the user name, and that the key is in ~root/.ssh/authorized_keys on the host",
  );
});

describe("host key", () => {
  const rsaHost = utils.generateKeyPairSync("rsa", { bits: 2048 });
  const key = { privateKey: ED25519.private };
  const fingerprint = /SHA256:[A-Za-z0-9+/]{43}/;

  test("is recorded as an OpenSSH line that can be pinned", async () => {
    await serve();
    const first = await connect(key);
    expect(first.hostKey).toBe(server.hostKey);
    expect(first.hostKey).toMatch(/^ssh-ed25519 AAAA/);
    await expect(connect({ ...key, hostKey: first.hostKey })).resolves.toBeInstanceOf(Host);
  });

  test.each([
    ["with a comment", (line: string) => `${line} root@vm-1`],
    ["as in known_hosts", (line: string) => `198.18.0.11 ${line}`],
  ])("pinned as a line %s", async (_title, form) => {
    await serve();
    await expect(connect({ ...key, hostKey: form(server.hostKey) })).resolves.toBeInstanceOf(Host);
  });

  test("pinned as a fingerprint", async () => {
    await serve();
    const changed = await failure(connect({ ...key, hostKey: OTHER.public }));
    const presented = fingerprint.exec(changed.why)?.[0];
    await expect(connect({ ...key, hostKey: presented })).resolves.toBeInstanceOf(Host);
  });

  test("pinned of a type that is not the server's first choice", async () => {
    await serve({ hostKeys: [rsaHost.private, SERVER_KEY.private] });
    const host = await connect({ ...key, hostKey: server.hostKey });
    expect(host.hostKey).toMatch(/^ssh-rsa /);
  });

  test("changed: refused at once, before any credential is sent", async () => {
    const passwords: string[] = [];
    await serve({
      get password() {
        passwords.push("asked");
        return "secret";
      },
    });
    const error = await failure(connect({ password: "secret", hostKey: OTHER.public, timeoutSeconds: 60 }));
    expect(error.kind).toBe("host-key");
    expect(error.message).toMatch(
      /the host key is not the pinned one: the host presented ssh-ed25519 SHA256:\S+, pinned is ssh-ed25519 SHA256:/,
    );
    expect(passwords).toEqual([]);
  });
});

describe("jump host", () => {
  const login = { user: "jumper", host: "127.0.0.1", privateKey: ED25519.private };

  test("carries the connection", async () => {
    const jump = await serve();
    const vm = await serve({ keys: [OTHER.public] });
    const host = await connect({ privateKey: OTHER.private, jump: { ...login, port: jump.port } });
    expect((await host.run("echo in")).stdout).toBe("in\n");
    expect(jump.forwarded).toEqual([`127.0.0.1:${vm.port}`]);
    expect(host.hostKey).toBe(vm.hostKey);
  });

  test("has its own pinned key, and errors say that it is the jump host", async () => {
    const jump = await serve();
    await serve();
    const pinned = { ...login, port: jump.port, hostKey: OTHER.public };
    const error = await failure(connect({ privateKey: ED25519.private, jump: pinned }));
    expect(error.kind).toBe("host-key");
    expect(error.target).toBe(`jumper@127.0.0.1:${jump.port} (jump host)`);
  });

  test("that cannot reach the VM is named, at the deadline", async () => {
    const jump = await serve({ forwarding: false });
    await serve();
    const more = { privateKey: ED25519.private, jump: { ...login, port: jump.port }, timeoutSeconds: 1 };
    const error = await failure(connect(more));
    expect(error.kind).toBe("unreachable");
    expect(error.target).toContain(`(through jumper@127.0.0.1:${jump.port})`);
  });

  test("is let go when the VM refuses", async () => {
    const jump = await serve();
    await serve({ keys: [] });
    const error = await failure(
      connect({ privateKey: ED25519.private, jump: { ...login, port: jump.port } }),
    );
    expect(error.kind).toBe("authentication");
    await jump.idle();
  });
});

describe("a VM that is still booting", () => {
  const key = { privateKey: ED25519.private };

  test("refused connections are tried again until sshd is there", async () => {
    await serve();
    const { port } = server;
    await server.stop();
    const connecting = connect({ ...key, port });
    await refusedOnce(port);
    await serve({ port });
    expect((await (await connecting).run("echo in")).stdout).toBe("in\n");
  });

  test("a port that hangs up is tried again", async () => {
    const tcp = await listen((socket) => socket.destroy());
    const connecting = connect({ ...key, port: tcp.port });
    await tcp.connections(2);
    await tcp.stop();
    await serve({ port: tcp.port });
    await expect(connecting).resolves.toBeInstanceOf(Host);
  });

  test("nothing there until the deadline: the error names host, time, tries and the last reason", async () => {
    await serve();
    const { port } = server;
    await server.stop();
    const error = await failure(connect({ ...key, port, timeoutSeconds: 1 }));
    expect(error.kind).toBe("unreachable");
    expect(error.message).toMatch(
      new RegExp(
        `^root@127.0.0.1:${port}: cannot be reached: no SSH login within \\d s \\(\\d tries\\), last: .*ECONNREFUSED`,
      ),
    );
  });

  test("a port that never speaks is given up at the deadline", async () => {
    const tcp = await listen(() => undefined);
    const error = await failure(connect({ ...key, port: tcp.port, timeoutSeconds: 1 }));
    await tcp.stop();
    expect(error.kind).toBe("unreachable");
    expect(error.why).toMatch(/Timed out while waiting for handshake/);
  });

  test("the signal ends the wait", async () => {
    const tcp = await listen(() => undefined);
    const stop = new AbortController();
    const connecting = failure(connect({ ...key, port: tcp.port, timeoutSeconds: 600 }, stop.signal));
    await tcp.connections(1);
    stop.abort();
    expect((await connecting).kind).toBe("aborted");
    await tcp.stop();
  });
});

/** A TCP server that is not sshd. */
async function listen(onSocket: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  let wake = (): void => undefined;
  const tcp: TcpServer = createServer((socket) => {
    socket.on("error", () => undefined);
    sockets.push(socket);
    onSocket(socket);
    wake();
  });
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  return {
    port: (tcp.address() as AddressInfo).port,
    connections: async (n: number) => {
      while (sockets.length < n) await new Promise<void>((resolve) => (wake = resolve));
    },
    stop: async () => {
      sockets.forEach((s) => s.destroy());
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

/** Resolves when somebody, here ourselves, has found the port closed. */
async function refusedOnce(port: number): Promise<void> {
  const { connect: dial } = await import("node:net");
  await new Promise<void>((resolve) => dial(port, "127.0.0.1").once("error", () => resolve()));
}

/** An agent that holds one key: ssh2 speaks its protocol from both sides. */
async function startAgent(privateKey: string): Promise<{ agent: string; stop: () => void }> {
  const { AgentProtocol } = await import("ssh2");
  const key = utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  const agent = join(dir, "agent.sock");
  const tcp = createServer((socket) => {
    const protocol = new AgentProtocol(false);
    protocol.on("identities", (request) => protocol.getIdentitiesReply(request, [key]));
    protocol.on("sign", (request, _key, data) => protocol.signReply(request, key.sign(data)));
    socket.pipe(protocol as unknown as NodeJS.ReadWriteStream).pipe(socket);
  });
  await new Promise<void>((resolve) => tcp.listen(agent, resolve));
  chmodSync(agent, 0o600);
  return { agent, stop: () => tcp.close() };
}
