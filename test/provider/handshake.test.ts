import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  copyFileSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { selfSignedLocalhost, type CertifiedKey } from "../../lib/pki";
import { call, connect, handshake, startPlugin, TERRAFORM_ENV, type Started } from "./support/plugin-process";
import { MILVUS_PROVIDER, program } from "./support/program";

jest.setTimeout(60_000);

let provider: string;
let terraform: CertifiedKey;
const started: Started[] = [];

beforeAll(async () => {
  provider = await program(MILVUS_PROVIDER);
  terraform = await selfSignedLocalhost();
});
afterEach(() => started.splice(0).forEach((s) => s.process.kill("SIGKILL")));

async function start(env: NodeJS.ProcessEnv, path = provider): Promise<Started> {
  const one = await startPlugin(path, env);
  started.push(one);
  return one;
}

const invited = (): Promise<Started> => start({ ...TERRAFORM_ENV, PLUGIN_CLIENT_CERT: terraform.certPem });

test("the handshake line has six fields, with the certificate as base64 without padding", async () => {
  const { line } = await invited();
  const { fields, socket, serverCert } = handshake(line);
  expect(fields).toEqual(["1", "6", "unix", socket, "grpc", expect.stringMatching(/^[A-Za-z0-9+/]+$/)]);
  expect(serverCert[0]).toBe(0x30);
});

test("Terraform with its own certificate is served, and a shutdown ends the process and its socket", async () => {
  const plugin = await invited();
  const client = connect(plugin, terraform);
  const schema = await call<{ resource_schemas: object }>(client, "GetProviderSchema");
  expect(Object.keys(schema.resource_schemas).sort()).toEqual([
    "milvus_cluster",
    "milvus_credentials",
    "milvus_peer",
  ]);
  await call(client, "Shutdown");
  expect(await plugin.exit).toBe(0);
  expect(existsSync(handshake(plugin.line).socket)).toBe(false);
  client.close();
});

test("a client with another certificate, or with none, is refused", async () => {
  const plugin = await invited();
  for (const own of [await selfSignedLocalhost(), undefined]) {
    const client = connect(plugin, own);
    await expect(call(client, "GetProviderSchema")).rejects.toThrow(/UNAVAILABLE/);
    client.close();
  }
});

test("a person who starts it by hand is told what it is", async () => {
  const { line, exit } = await start({});
  expect(line).toMatch(/^This program is a Terraform provider: terraform starts it/);
  expect(await exit).toBe(1);
});

test("a Terraform that is too old is told which one is needed", async () => {
  const { line, exit } = await start({ ...TERRAFORM_ENV, PLUGIN_PROTOCOL_VERSIONS: "4,5" });
  expect(line).toMatch(/speaks plugin protocol 6; this Terraform offers 4,5\. Install Terraform/);
  expect(await exit).toBe(1);
});

describe("Node", () => {
  const emptyPath = (): string => mkdtempSync(join(tmpdir(), "path-"));

  test("that is missing is named in the first line, which is what Terraform shows", async () => {
    const { line, exit } = await start({ ...TERRAFORM_ENV, PATH: emptyPath() });
    expect(line).toMatch(/^This Terraform provider needs Node.js 20 or newer: there is no node in PATH/);
    expect(await exit).toBe(1);
  });

  test("that is too old is named before it stumbles over the rest of the file", async () => {
    const directory = emptyPath();
    const old = join(directory, "old.js");
    writeFileSync(
      old,
      `Object.defineProperty(process, "versions", { value: { node: "12.22.0" } });
      Object.defineProperty(process, "version", { value: "v12.22.0" });`,
    );
    const node = join(directory, "node");
    writeFileSync(node, `#!/bin/sh\nexec "${process.execPath}" --require "${old}" "$@"\n`);
    chmodSync(node, 0o755);
    const { line, exit } = await start({ ...TERRAFORM_ENV, PATH: directory });
    expect(line).toMatch(/needs Node.js 20 or newer: this is v12\.22\.0\. Install it/);
    expect(await exit).toBe(1);
  });

  test("loads it as CommonJS, even below a package of ES modules", async () => {
    const directory = mkdtempSync(join(tmpdir(), "module-"));
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    mkdirSync(join(directory, "terraform.d"));
    const copy = join(directory, "terraform.d/terraform-provider-milvus_v0.1.0");
    copyFileSync(provider, copy);
    const path = emptyPath();
    symlinkSync(process.execPath, join(path, "node"));
    const { line } = await start({ ...TERRAFORM_ENV, PATH: path }, copy);
    expect(line).toMatch(/^1\|6\|unix\|/);
  });
});

test("it ends when Terraform was killed without a word", async () => {
  const script = `"${provider}" & echo "pid $!"; wait`;
  const parent = spawn("/bin/sh", ["-c", script], {
    env: { PATH: process.env.PATH, ...TERRAFORM_ENV },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  parent.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await until(() => /^1\|6\|/m.test(output), "handshake");
  const pid = Number(/pid (\d+)/.exec(output)?.[1]);
  try {
    expect(alive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await until(() => !alive(pid), "end of the orphan");
  } finally {
    if (alive(pid)) process.kill(pid, "SIGKILL"); // a test that fails must not leave it holding our pipe
  }
});

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`no ${what} within 30 s`);
    await sleep(50);
  }
}

/** A zombie has ended; nobody but its reaper need know. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
