import { createServer, type AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { BoundedText } from "../../../lib/host/bounded-text";
import { localHost, failure, type LocalHost } from "./support";

let local: LocalHost | undefined;
afterEach(async () => {
  await local?.stop();
  local = undefined;
});

async function start(...args: Parameters<typeof localHost>): Promise<LocalHost> {
  return (local = await localHost(...args));
}

describe("run", () => {
  test("returns exit code, standard output and standard error, and does not throw for a failed command", async () => {
    const { host } = await start();
    expect(await host.run("echo out; echo err >&2; exit 3")).toEqual({
      code: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  test("takes any script: quotes, newlines, dollars", async () => {
    const { host } = await start();
    const { stdout } = await host.run(`x='a b'\nprintf '%s|%s' "$x" "it's \\$5"`);
    expect(stdout).toBe("a b|it's $5");
  });

  test("speaks C: messages can be understood whatever the locale of the host", async () => {
    const { host } = await start({ env: { LC_ALL: "de_DE.UTF-8" } });
    expect((await host.run("echo $LC_ALL")).stdout).toBe("C\n");
  });

  test.each<[string, string | Buffer | Readable]>([
    ["text", "hello"],
    ["bytes", Buffer.from("hello")],
    ["a stream", Readable.from([Buffer.from("hel"), Buffer.from("lo")])],
  ])("input: %s", async (_title, input) => {
    const { host } = await start();
    expect((await host.run("cat", { input })).stdout).toBe("hello");
  });

  test("a command that ends before it has read its input is no error", async () => {
    const { host } = await start();
    const input = Readable.from((function* () { for (let i = 0; i < 200; i++) yield Buffer.alloc(65536); })()); // prettier-ignore
    expect((await host.run("echo enough", { input })).stdout).toBe("enough\n");
  });

  test("an input that cannot be read fails with its own reason", async () => {
    const { host } = await start();
    const input = new Readable({ read() { this.destroy(new Error("EIO: bad disk")); } }); // prettier-ignore
    const error = await failure(host.run("cat", { input, what: "send the image" }));
    expect(error.message).toMatch(/send the image failed: EIO: bad disk/);
  });

  test("keeps the end of an endless output", async () => {
    const { host } = await start();
    const { stdout } = await host.run("head -c 3000000 /dev/zero | tr '\\0' x; echo the end");
    expect(stdout.length).toBeLessThan(1_100_000);
    expect(stdout).toMatch(/^\[\d+ bytes cut\]\nx+the end\n$/);
  });

  test("at the deadline the error says what was run and for how long, and the host stays usable", async () => {
    const { host, server } = await start();
    const error = await failure(host.run("sleep 600", { deadlineMs: 200, what: "wait for Docker" }));
    expect(error.kind).toBe("deadline");
    expect(error.message).toBe(
      `root@127.0.0.1:${server.port}: wait for Docker failed: still running after 0 s. Look at the load and the network of the host`,
    );
    expect((await host.run("echo on")).stdout).toBe("on\n");
  });

  test("a connection cut while a command runs is told as such", async () => {
    const { host, server } = await start();
    const running = failure(
      host.run("echo started; sleep 600", { onFirstOutput: () => server.cut(), what: "pull image" }),
    );
    const error = await running;
    expect(error.kind).toBe("connection-lost");
    expect(error.message).toMatch(/pull image failed: lost the SSH connection/);
    expect((await failure(host.run("true"))).kind).toBe("connection-lost");
  });

  test("a channel that closes without an exit code is no success", async () => {
    const { host } = await start({ onExec: (_, accept) => (accept().close(), true) });
    expect((await failure(host.run("true"))).kind).toBe("connection-lost");
  });

  test("a connection cut before the command was accepted is told as such", async () => {
    const { host } = await start({ onExec: () => (setImmediate(() => local?.server.cut()), true) });
    expect((await failure(host.run("true", { deadlineMs: 4000 }))).kind).toBe("connection-lost");
  });

  test("the signal of connect ends what runs", async () => {
    const stop = new AbortController();
    const { host } = await start({}, stop.signal);
    const error = await failure(host.run("echo started; sleep 600", { onFirstOutput: () => stop.abort() }));
    expect(error.kind).toBe("aborted");
  });

  test("many commands at once share the connection", async () => {
    const { host } = await start();
    const outputs = await Promise.all([1, 2, 3, 4, 5].map((n) => host.run(`echo ${n}`)));
    expect(outputs.map((r) => r.stdout.trim())).toEqual(["1", "2", "3", "4", "5"]);
  });
});

test("BoundedText keeps exactly the last bytes", () => {
  const text = new BoundedText(10);
  for (const part of ["0123456789", "abc"]) text.add(Buffer.from(part));
  expect(text.toString()).toBe("[3 bytes cut]\n3456789abc");
});

describe("check", () => {
  test("throws with the end of what the command said", async () => {
    const { host, server } = await start();
    const error = await failure(
      host.check("echo no such thing >&2; exit 4", { what: "look", fix: "Look elsewhere" }),
    );
    expect(error.message).toBe(
      `root@127.0.0.1:${server.port}: look failed: exit code 4: no such thing. Look elsewhere`,
    );
  });

  test("shows neither command nor output of a secret one", async () => {
    const { host } = await start();
    const error = await failure(host.check("cat >&2; exit 1 # hunter2", { input: "hunter3", secret: true }));
    expect(`${error.message}${error.stack}`).not.toMatch(/hunter/);
  });
});

describe("sudo", () => {
  const sudo = '[ "$1" = -n ] && [ "$2" = -- ] && shift 2 && SUDO=yes exec "$@"';

  test("is used for users other than root, and passes input and quoting through", async () => {
    const { host, program } = await start({ user: "ubuntu" });
    program("sudo", sudo);
    const { stdout } = await host.run(`printf '%s %s %s' "$SUDO" "it's" "$(cat)"`, { input: "in" });
    expect(stdout).toBe("yes it's in");
  });

  test.each([
    ["root needs none", { user: "root" }, ""],
    ["root may ask for it", { user: "root", sudo: true }, "yes"],
    ["others may do without", { user: "ubuntu", sudo: false }, ""],
  ])("%s", async (_title, o, expected) => {
    const { host, program } = await start(o);
    program("sudo", sudo);
    expect((await host.run('echo "$SUDO"')).stdout.trim()).toBe(expected);
  });

  test.each([
    "sudo: a password is required",
    "sudo: a terminal is required to read the password; either use the -S option to read from standard input",
    "ubuntu is not in the sudoers file.",
    "Sorry, user ubuntu is not allowed to execute '/usr/bin/env' as root on vm-1.",
    "sudo: sorry, you must have a tty to run sudo",
  ])("that refuses is a clear error: %s", async (message) => {
    const { host, program, server } = await start({ user: "ubuntu" });
    program("sudo", `echo "${message}" >&2; exit 1`);
    const error = await failure(host.run("true"));
    expect(error.kind).toBe("sudo");
    expect(error.message).toMatch(
      `ubuntu@127.0.0.1:${server.port}: cannot become root: sudo -n: ${message}. Allow the user to run sudo without a password`,
    );
  });

  test("that is not installed is a clear error", async () => {
    const { host } = await start({ user: "ubuntu", env: { PATH: "/nonexistent" } });
    local?.program("sudo", "echo 'sh: 1: sudo: not found' >&2; exit 127");
    expect((await failure(host.run("true"))).kind).toBe("sudo");
  });
});

describe("forward", () => {
  test("reaches a port of the host", async () => {
    const { host } = await start();
    const tcp = createServer((socket) => socket.end("hello"));
    await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
    const channel = await host.forward("127.0.0.1", (tcp.address() as AddressInfo).port);
    const chunks: Buffer[] = [];
    for await (const chunk of channel) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe("hello");
    await new Promise((resolve) => tcp.close(resolve));
  });

  test("says which port of which host does not answer", async () => {
    const { host, server } = await start();
    const error = await failure(host.forward("127.0.0.1", 1));
    expect(error.kind).toBe("unreachable");
    expect(error.message).toContain(
      `root@127.0.0.1:${server.port}: connect to 127.0.0.1:1 from the host failed`,
    );
  });

  test("says so when the connection is gone", async () => {
    const { host } = await start();
    host.close();
    expect((await failure(host.forward("127.0.0.1", 1))).message).toMatch(/Not connected|closed/);
  });
});
