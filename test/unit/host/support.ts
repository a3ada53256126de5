import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Host, HostError, type SshOptions } from "../../../lib/host";
import { CONFIG_DIR, HOST_CLI } from "../../../lib/spec/paths";
import { ED25519, startServer, type TestServer, type TestServerOptions } from "./ssh-server";

/** Real processes on a busy machine: how long they take decides nothing. */
jest.setTimeout(60_000);

/** Files that a system has and a test makes. */
const SYSTEM_FILES = ["/etc/os-release", "/etc/systemd/system", "/sys/fs/selinux"];

/** A host whose commands run here, with programs of our own first in its PATH and our fixed paths below `dir`. */
export interface LocalHost {
  readonly host: Host;
  readonly server: TestServer;
  /** Scratch directory, removed by `stop`. */
  readonly dir: string;
  /** Places a program into the PATH: a sh script. */
  program(name: string, script: string): void;
  /** Makes it a system whose /etc/os-release this is. */
  system(osRelease: string): void;
  stop(): Promise<void>;
}

export async function localHost(
  o: Partial<SshOptions> & Pick<TestServerOptions, "env" | "onExec"> = {},
  signal?: AbortSignal,
): Promise<LocalHost> {
  const dir = mkdtempSync(join(tmpdir(), "host-test-"));
  const bin = join(dir, "bin");
  mkdirSync(bin);
  const { env, onExec, ...ssh } = o;
  const rewrite = (command: string): string =>
    [CONFIG_DIR, HOST_CLI, ...SYSTEM_FILES].reduce(
      (line, path) => line.replaceAll(path, `${dir}${path}`),
      command,
    );
  mkdirSync(join(dir, "usr/local/bin"), { recursive: true });
  const server = await startServer({
    ...{ rewrite, onExec },
    env: { ...process.env, ...env, PATH: `${bin}:${process.env.PATH}`, DIR: dir, TMPDIR: dir },
  });
  const login = { host: "127.0.0.1", port: server.port, user: "root", privateKey: ED25519.private };
  const host = await Host.connect({ ...login, timeoutSeconds: 10, ...ssh }, signal);
  return {
    ...{ host, server, dir },
    program: (name, script) => {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    },
    system: (osRelease) => {
      mkdirSync(join(dir, "etc"), { recursive: true });
      writeFileSync(join(dir, "etc/os-release"), osRelease);
    },
    stop: async () => {
      host.close();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The HostError with which a promise must fail. */
export async function failure(promise: Promise<unknown>): Promise<HostError> {
  const error = await promise.then(
    () => new Error("it did not fail"),
    (e: unknown) => e as Error,
  );
  if (!(error instanceof HostError)) throw error;
  return error;
}
