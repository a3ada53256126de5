/** Applies that must fail clearly, change nothing they need not, and be completed by the next apply. In order, on one lab. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MilvusVersion } from "../../constructs";
import { Lab, type Vm } from "../../lab";
import { run } from "../../lab/run";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { Deployment, type Variation } from "../support/deployment";
import { eventually } from "../support/eventually";
import { onPeer, statusOf } from "../support/peers";

jest.setTimeout(15 * 60_000);

let centre: DataCentre;
let deployment: Deployment;
let lab: Lab;

beforeAll(async () => {
  await Lab.remove("faults"); // what a killed run may have left
  centre = await dataCentre({ name: "faults", dataDiskMiB: 12 * 1024 });
  ({ lab } = centre);
  deployment = Deployment.create("faults", centre);
});

afterAll(async () => {
  await lab.down();
});

/** Applies something that must be refused, and returns the errors, on one line and without terraform's frame. */
async function refused(variation: Variation = {}): Promise<string> {
  await deployment.synth(variation);
  const { code, output } = await deployment.apply();
  expect({ code, output }).toEqual({ code: 1, output });
  return output.slice(output.indexOf("Error:")).replace(/[│╷╵]/g, " ").replace(/\s+/g, " ");
}

const containers = (number: number): Promise<string> =>
  onPeer(lab, number, "docker ps -a --format '{{.Names}}' | sort | tr '\\n' ' '");

describe("before anything is changed", () => {
  let mend: (() => Promise<unknown>) | undefined;

  afterEach(async () => {
    await mend?.();
    mend = undefined;
    for (const n of [1, 2, 3]) expect(await containers(n)).not.toContain("milvus-etcd");
    expect((await deployment.destroy()).code).toBe(0);
  });

  test("a wrong SSH key: says which host, user and key", async () => {
    const privateKeyFile = await strangersKey();
    const output = await refused({ peers: { 1: { ssh: { privateKeyFile } } } });
    expect(output).toContain(`root@${lab.vm(1).address}:22`);
    expect(output).toContain(privateKeyFile);
  });

  test("a host key that is not the pinned one: refused at once", async () => {
    const output = await refused({
      peers: { 1: { ssh: { hostKey: `${lab.vm(2).hostKey.slice(0, -4)}AAAA` } } },
    });
    expect(output).toMatch(/host key/i);
    expect(output).toContain(lab.vm(1).address);
  });

  test("an unreachable VM: named once its deadline has passed", async () => {
    await lab.kill(lab.vm(3));
    mend = () => lab.start(lab.vm(3));
    expect(await refused({ peers: { 3: { ssh: { timeoutSeconds: 5 } } } })).toContain(lab.vm(3).address);
  });

  test("port 2379 taken: says by whom, and what to do", async () => {
    const listener = `perl -MIO::Socket::INET -e '$s=IO::Socket::INET->new(LocalPort=>2379,Listen=>1); sleep'`;
    const pid = await onPeer(lab, 1, `nohup ${listener} </dev/null >/dev/null 2>&1 & echo $!`);
    mend = () => onPeer(lab, 1, `kill ${pid}`);
    expect(await refused()).toMatch(/2379.*perl/);
  });

  test("a clock that is five minutes off: says whose, and by how much", async () => {
    await lab.skew(lab.vm(2), 300);
    mend = () => lab.skew(lab.vm(2), 0);
    const output = await refused();
    expect(output).toMatch(/peer-2.*clock/);
    expect(output).toMatch(/it is (5 min \d+|4 min 5\d) s ahead/);
  });

  test("a full disk: says which directory, and how much is free", async () => {
    await lab.fillDisk(lab.vm(1), "/var/lib/milvus-onprem");
    mend = () => lab.freeDisk(lab.vm(1), "/var/lib/milvus-onprem");
    expect(await refused()).toMatch(/\/var\/lib\/milvus-onprem.*free|free.*\/var\/lib\/milvus-onprem/);
  });

  test("two peers with one host name: both are named", async () => {
    await onPeer(lab, 2, "hostname vm1");
    mend = () => onPeer(lab, 2, "hostname vm2");
    expect(await refused()).toMatch(/peer-1.*peer-2.*host ?name|host ?name.*peer-1.*peer-2/i);
  });

  test("a daemon image with a wrong digest", async () => {
    const daemon = `${lab.registry}/milvus-onprem@sha256:${"0".repeat(64)}`;
    expect(await refused({ cluster: { images: { ...images(), daemon } } })).toMatch(/sha256:0000/);
  });
});

describe("in the middle of forming", () => {
  test("terraform killed, then a VM dead: the error names it, and once it is back an apply completes the same cluster", async () => {
    await deployment.synth();
    const killed = deployment.start("apply", "-input=false", "-no-color", "-auto-approve");
    await eventually("etcd starts on vm1", 240_000, async () =>
      (await containers(1)).includes("milvus-etcd"),
    );
    process.kill(-killed.child.pid!, "SIGKILL");
    await killed.outcome;
    const id = await etcdClusterId(lab.vm(1));
    await lab.kill(lab.vm(3));
    const second = await deployment.apply();
    expect(second.code).toBe(1);
    expect(second.output).toMatch(/peer-3|198\.18\.\d+\.13/);
    await lab.start(lab.vm(3));
    const third = await deployment.apply();
    expect(third.output).toContain("Apply complete!");
    expect(await etcdClusterId(lab.vm(1))).toBe(id);
    const status = await statusOf(lab, lab.vm(1));
    expect(status.peers.map((p) => p.state)).toEqual(["member", "member", "member"]);
  });

  test("a plan after it is empty", async () => {
    expect((await deployment.plan("-detailed-exitcode")).code).toBe(0);
  });
});

describe("a formed cluster", () => {
  test("an unreachable peer makes a plan warn, not change anything", async () => {
    await lab.kill(lab.vm(3));
    const { code, output } = await deployment.plan("-detailed-exitcode");
    expect(output).toMatch(/Warning/);
    expect(output).not.toMatch(/must be replaced|will be destroyed|will be created/);
    expect(code).not.toBe(1);
    await lab.start(lab.vm(3));
  });

  test.each<[string, Variation["cluster"]]>([
    ["version", { version: MilvusVersion.of("v2.4.24") }],
    ["ports", { ports: { etcdPeer: 22380 } }],
  ])(
    "a change of %s is refused while planning, never planned as a replacement",
    async (attribute, cluster) => {
      await deployment.synth({ cluster });
      const { code, output } = await deployment.plan();
      expect(code).toBe(1);
      expect(output).toContain(attribute);
      expect(output).not.toMatch(/must be replaced/);
    },
  );

  test("destroyed with its data, as asked, it leaves nothing but our marks of whose directory it is", async () => {
    await deployment.synth({ cluster: { deletionProtection: false, onDestroy: "delete_data" } });
    expect((await deployment.apply()).code).toBe(0);
    expect((await deployment.destroy()).output).toContain("Destroy complete!");
    for (const n of [1, 2, 3]) {
      expect(await containers(n)).toBe("");
      expect(
        await onPeer(
          lab,
          n,
          `find /var/lib/milvus-onprem -type f ! -name .milvus-onprem ! -path "*/daemon/state.json" | wc -l`,
        ),
      ).toBe("0");
    }
  });
});

/** A key pair that no VM knows. */
async function strangersKey(): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), "stranger-")), "key");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  return file;
}

const images = (): object =>
  (JSON.parse(readFileSync(centre.inventory, "utf8")) as { images: object }).images;

async function etcdClusterId(vm: Vm): Promise<string> {
  const out = await onPeer(lab, vm.index, "docker exec milvus-etcd etcdctl endpoint status -w json");
  const [member] = JSON.parse(out.replace(/"cluster_id":(\d+)/g, '"cluster_id":"$1"')) as {
    Status: { header: { cluster_id: string } };
  }[];
  return member!.Status.header.cluster_id;
}
