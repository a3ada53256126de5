import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { joinText } from "../../../lib/cli/commands/join";
import { UsageError } from "../../../lib/cli/exit";
import { main } from "../../../lib/cli/main";
import { openDesk, refusal } from "../../../lib/cli/vm/cluster-desk";
import { describeVm } from "../../../lib/cli/vm/describe";
import { createDraft, readDraft, removeDraft } from "../../../lib/cli/vm/draft";
import { joinKeys, type JoinKeys } from "../../../lib/cli/vm/join-keys";
import { initText } from "../../../lib/cli/vm/init-text";
import { readToken } from "../../../lib/cli/vm/read-token";
import { readPapers } from "../../../lib/cli/vm/this-vm";
import {
  checkedSpec,
  newestVersion,
  sizeOf,
  templateOf,
  type TemplateOptions,
} from "../../../lib/cli/vm/template";
import { DaemonError } from "../../../lib/api/client";
import { hostWrapper, identityFiles, LocalHost, type PeerPapers } from "../../../lib/host";
import { readRequest, requestCert, requestCertFor } from "../../../lib/pki";
import { pulsarHost } from "../../../lib/spec/queue";
import { localHost, type LocalHost as FakeVm } from "../host/support";

const SELF = { name: "vm1", address: "198.18.0.11" };
const IMAGE = "registry.example:5000/milvus-onprem:1.2.3";
const options = (o: Partial<TemplateOptions> = {}): TemplateOptions => ({
  mode: "distributed",
  clusterName: "vectors",
  ...o,
});

describe("what init is told, in the terms of the spec", () => {
  const specOf = (
    o: Partial<TemplateOptions> = {},
    warnings: string[] = [],
  ): ReturnType<typeof checkedSpec> => {
    const given = options(o);
    return checkedSpec(templateOf(given, SELF.name, IMAGE), sizeOf(given), SELF, (line) =>
      warnings.push(line),
    );
  };

  test("by default: three peers with four drives each, and the newest version with its own log", () => {
    const spec = specOf();
    expect(spec).toMatchObject({
      ...{ version: newestVersion(), mode: "cluster" },
      storage: { pools: [{ peers: spec.peers.map((p) => p.name), drivesPerPeer: 4 }] },
      queue: { kind: "woodpecker" },
    });
    expect(spec.peers).toHaveLength(3);
    expect(spec.images.daemon).toBe(IMAGE);
  });

  test("standalone is one peer with one drive, and warned of", () => {
    const warnings: string[] = [];
    expect(specOf({ mode: "standalone" }, warnings)).toMatchObject({
      mode: "standalone",
      peers: [SELF],
      storage: { pools: [{ peers: [SELF.name], drivesPerPeer: 1 }] },
    });
    expect(warnings.join()).toMatch(/a single peer survives no loss/);
  });

  test("a version that needs a queue gets Pulsar, on this peer", () => {
    expect(specOf({ milvusVersion: "v2.5.27" }).queue).toMatchObject({
      kind: "pulsarSingleton",
      host: "vm1",
    });
  });

  test("settings, ports and images are read as such", () => {
    const spec = specOf({
      milvusVersion: "v2.5.27",
      config: ["queryNode.gracefulStopTimeout=60", "common.security.superUsers=a=b"],
      port: ["lb=20000", "milvus=20001"],
      daemonPort: 20002,
      image: ["pulsar=registry.example:5000/pulsar:1"],
      pulsarHost: "vm3",
      watchdog: "monitor",
    });
    expect(spec.config).toMatchObject({
      "queryNode.gracefulStopTimeout": 60,
      "common.security.superUsers": "a=b",
    });
    expect(spec.ports).toMatchObject({ lb: 20000, milvus: 20001, daemon: 20002 });
    expect(spec.images.pulsar).toBe("registry.example:5000/pulsar:1");
    expect([pulsarHost(spec), spec.control.watchdog]).toEqual(["vm3", "monitor"]);
  });

  test.each<[string, Partial<TemplateOptions>, RegExp]>([
    [
      "a standalone cluster of three",
      { mode: "standalone", haClusterSize: 3 },
      /leave --ha-cluster-size out/,
    ],
    ["a distributed cluster of one", { haClusterSize: 1 }, /--mode standalone/],
    ["a port of nothing", { port: ["milvos=1"] }, /--port: there is no "milvos"; did you mean "milvus"\?/],
    ["a setting without a value", { config: ["queryNode"] }, /--config queryNode: expected NAME=VALUE/],
    ["an unknown version", { milvusVersion: "v9.9.9" }, /version: unknown Milvus version/],
  ])("%s is refused", (_title, o, why) => {
    expect(() => specOf(o)).toThrow(why);
    expect(() => specOf(o)).toThrow(UsageError);
  });

  test("everything that is wrong is told at once", () => {
    expect(() => specOf({ milvusVersion: "v2.3.99", config: ["nonsense=1"], dataRoot: "/" })).toThrow(
      /version: [\s\S]*dataRoot: [\s\S]*config/,
    );
  });
});

describe("how a VM is called", () => {
  const vm = (programs: string): LocalHost =>
    new LocalHost({ enter: ["sh", "-c", `${programs}\neval "$6"`, "sh"] });

  test("by its host name's first part, and the address of its default route", async () => {
    const machine = vm(
      'uname() { echo VM7.example; }; ip() { echo "198.51.100.1 via 198.18.0.1 dev eth0 src 198.18.0.17 uid 0"; }',
    );
    expect(await describeVm(machine, {})).toMatchObject({
      name: "vm7",
      address: "198.18.0.17",
      hostname: "VM7.example",
    });
    expect(await describeVm(machine, { name: "blue", advertiseAddress: "198.18.0.99" })).toMatchObject({
      name: "blue",
      address: "198.18.0.99",
    });
  });

  test("what cannot be a name or an address is told with the option that sets it", async () => {
    const machine = vm("uname() { echo my_vm; }; ip() { false; }");
    await expect(describeVm(machine, {})).rejects.toThrow(
      /no default route; give its address with --advertise-address/,
    );
    await expect(describeVm(machine, { advertiseAddress: "10/8" })).rejects.toThrow(
      /--name: "my_vm"[\s\S]*--advertise-address: /,
    );
  });
});

describe("the draft of a join", () => {
  const KEYS = { keyPem: "key\n", milvusKeyPem: "key-of-milvus\n" };
  const DRAFT = { endpoint: "198.18.0.11:19500", name: "vm2", address: "198.18.0.12", ...KEYS };
  let vm: FakeVm;
  beforeEach(async () => {
    vm = await localHost();
  });
  afterEach(() => vm.stop());

  test("is made once, kept from others, read again, and gone without a trace", async () => {
    expect(await readDraft(vm.host)).toBeUndefined();
    const made = await Promise.all([createDraft(vm.host, DRAFT), createDraft(vm.host, DRAFT)]);
    expect(made.sort()).toEqual([false, true]);
    const file = join(vm.dir, "etc/milvus-onprem/joining.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await readDraft(vm.host)).toEqual(DRAFT);
    expect(vm.server.commands.join()).not.toContain("key");
    await removeDraft(vm.host);
    expect(existsSync(join(vm.dir, "etc/milvus-onprem"))).toBe(false);
  });

  test("damaged, it is named, and its key is not", async () => {
    await createDraft(vm.host, DRAFT);
    writeFileSync(join(vm.dir, "etc/milvus-onprem/joining.json"), '{"keyPem":"secret');
    const error = await readDraft(vm.host).catch((e: Error) => e.message);
    expect(error).toMatch(/joining\.json is damaged: remove it/);
    expect(error).not.toContain("secret");
  });
});

describe("the keys of a join", () => {
  const of = async ({ own, milvus }: JoinKeys): Promise<string[]> =>
    Promise.all([own, milvus].map(async ({ csrPem }) => (await readRequest(csrPem)).keySha256));

  test("are two, fresh, and the same again when it is resumed, from a draft or as a peer", async () => {
    const keys = await joinKeys({});
    const [own, milvus] = await of(keys);
    expect(own).not.toBe(milvus);
    const keyPems = { keyPem: keys.own.keyPem, milvusKeyPem: keys.milvus.keyPem };
    const draft = { endpoint: "198.18.0.11:19500", ...SELF, ...keyPems };
    expect(await of(await joinKeys({ draft }))).toEqual([own, milvus]);
    const papers = { keyPem: keys.own.keyPem, milvus: { certPem: "", keyPem: keys.milvus.keyPem } };
    expect(await of(await joinKeys({ papers: papers as PeerPapers, draft }))).toEqual([own, milvus]);
  });

  test("of an earlier release lack that of Milvus, which is made; the VM stays who it is", async () => {
    const { keyPem } = await requestCert();
    const draft = { endpoint: "198.18.0.11:19500", ...SELF, keyPem };
    const [own, milvus] = await of(await joinKeys({ draft }));
    expect(own).toBe((await readRequest((await requestCertFor(keyPem)).csrPem)).keySha256);
    expect(milvus).not.toBe(own);
  });
});

describe("what a VM is", () => {
  let vm: FakeVm;
  beforeEach(async () => {
    vm = await localHost();
  });
  afterEach(() => vm.stop());

  const identity = { clusterId: "c1", ...SELF, daemonPort: 19500, dataRoot: "/data", tokenSha256: "0" };
  const papers = { identity, caPem: "ca\n", certPem: "cert\n", keyPem: "key\n" };
  const milvus = { certPem: "milvus cert\n", keyPem: "milvus key\n" };
  const write = (all: Required<PeerPapers>, without = ""): Promise<string[]> =>
    vm.host.putFiles(
      identityFiles(all)
        .filter((f) => without === "" || !f.path.includes(without))
        .map((f) => ({ ...f, path: `${vm.dir}${f.path}` })),
    );

  test("is read as it was written, with the papers of Milvus where it has them", async () => {
    expect(await readPapers(vm.host)).toBeUndefined();
    await write({ ...papers, milvus }, "milvus-tls");
    expect(await readPapers(vm.host)).toEqual(papers);
    await write({ ...papers, milvus });
    expect(await readPapers(vm.host)).toEqual({ ...papers, milvus });
  });
});

describe("the token", () => {
  const vm = { machine: new LocalHost({ enter: ["env"] }), image: IMAGE };
  const stdin = (text: string): NodeJS.ReadableStream => new PassThrough().end(text);

  test("comes as an argument, from standard input or from a file", async () => {
    expect(await readToken(vm, "t", undefined)).toBe("t");
    expect(await readToken(vm, "-", undefined, stdin("from stdin\n"))).toBe("from stdin");
    expect(await readToken(vm, undefined, "/etc/hostname")).toBe(
      readFileSync("/etc/hostname", "utf8").trim(),
    );
  });

  test.each<[string | undefined, string | undefined, string]>([
    [undefined, undefined, "give the token"],
    ["t", "/file", "give the token"],
    ["-", undefined, "the token is empty"],
  ])("%s and %s: %s", async (given, file, why) => {
    await expect(readToken(vm, given, file, stdin(" \n"))).rejects.toThrow(why);
  });

  test("what is no token, and no address, is refused before anything is sent", async () => {
    await expect(openDesk("198.18.0.11", "t")).rejects.toThrow(/"198\.18\.0\.11" is not host:port/);
  });

  test("a refusal is told in the words of whoever joins", () => {
    const error = (status: number): Error =>
      refusal(
        new DaemonError("198.18.0.11:19500", status, { type: "", title: "x", status, detail: "the reason" }),
      );
    expect(error(401).message).toMatch(/refuses this token: it was rotated, or mistyped/);
    expect(error(409).message).toBe("198.18.0.11:19500: the reason");
  });
});

test("what init prints for people has the line for the others, and says that it is shown once", () => {
  const join = "milvus-onprem join 198.18.0.11:19500 mop1.x.y";
  const cluster = { id: "vectors-1", name: "vectors", version: "v2.3.5", size: 3 };
  const result = {
    cluster,
    peer: SELF,
    token: "mop1.x.y",
    join,
    waitingFor: "2 more VMs to join",
    milvusRootPassword: "pw",
  };
  expect(initText(result)).toMatchInlineSnapshot(`
   "cluster    vectors (vectors-1), Milvus v2.3.5, 3 VMs
   this peer  vm1 at 198.18.0.11
   Milvus     user root, password pw
   waits for  2 more VMs to join

   On each of the other VMs, once they have the milvus-onprem command, run:

     milvus-onprem join 198.18.0.11:19500 mop1.x.y

   Token and password are shown this once. Keep both as you keep passwords."
  `);
});

test("what join prints says how many are missing", () => {
  const joined = { cluster: "vectors", clusterId: "c1", peer: SELF, expected: 3, joined: 2 };
  expect(joinText(joined)).toMatch(/2 of 3 peers\nrun the same command on 1 more VM;/);
  expect(joinText({ ...joined, joined: 3 })).toMatch(/forms by itself now/);
});

describe("the command line", () => {
  test("wrapper prints the command, for the image that it is told", async () => {
    let printed = "";
    const write = jest
      .spyOn(process.stdout, "write")
      .mockImplementation((text) => Boolean((printed += String(text))));
    await main(["wrapper", IMAGE]);
    write.mockRestore();
    expect(printed).toBe(hostWrapper(IMAGE));
    expect(execFileSync("sh", ["-n"], { input: printed }).toString()).toBe("");
  });

  test.each([
    ["init", "--ha-cluster-size", "none"],
    ["init", "--mode", "cloud"],
    ["join"],
    ["wrapper", "an image"],
    ["init"], // not on a VM, or not through the wrapper
    ["teardown"],
  ])("%s %s %s is refused with exit code 2", async (...argv) => {
    const silent = [jest.spyOn(console, "error"), jest.spyOn(process.stderr, "write")].map((s) =>
      s.mockReturnValue(true as never),
    );
    expect(await main(argv.filter((word) => word !== undefined))).toBe(2);
    silent.forEach((s) => s.mockRestore());
  });
});
