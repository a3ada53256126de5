/** Applies that must fail clearly, change nothing they need not, and be completed by the next apply. In order, on one lab. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

/** The one error of several that names a VM. */
function errorOf(output: string, name: string): string {
  const found = output.split("Error: ").filter((error) => error.includes(name));
  expect(found).toHaveLength(1);
  return found[0]!;
}

const containers = (number: number): Promise<string> =>
  onPeer(lab, number, "docker ps -a --format '{{.Names}}' | sort | tr '\\n' ' '");

describe("before anything is changed", () => {
  const mends: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    await Promise.all(mends.splice(0).map((mend) => mend()));
    for (const n of [1, 2, 3]) expect(await containers(n)).not.toContain("milvus-etcd");
    expect((await deployment.destroy()).code).toBe(0);
  });

  test("VMs that cannot be reached: each is named at once, with its host, user and key, or the deadline that passed", async () => {
    const privateKeyFile = await strangersKey();
    await lab.kill(lab.vm(3));
    mends.push(() => lab.start(lab.vm(3)));
    const output = await refused({
      peers: {
        1: { ssh: { privateKeyFile } },
        2: { ssh: { hostKey: `${lab.vm(1).hostKey.slice(0, -4)}AAAA` } },
        3: { ssh: { timeoutSeconds: 5 } },
      },
    });
    const [key, hostKey, away] = [1, 2, 3].map((n) => errorOf(output, lab.vm(n).address));
    expect(key).toContain(`root@${lab.vm(1).address}:22`);
    expect(key).toContain(privateKeyFile);
    expect(hostKey).toMatch(/host key/i);
    expect(away).toContain(lab.vm(3).address);
  });

  test("VMs that are not fit: a port taken, by whom; a clock that is wrong, by how much; a full disk, with what is free", async () => {
    const listener = `perl -MIO::Socket::INET -e '$s=IO::Socket::INET->new(LocalPort=>2379,Listen=>1); sleep'`;
    const pid = await onPeer(lab, 1, `nohup ${listener} </dev/null >/dev/null 2>&1 & echo $!`);
    mends.push(() => onPeer(lab, 1, `kill ${pid}`));
    await lab.skew(lab.vm(2), 300);
    mends.push(() => lab.skew(lab.vm(2), 0));
    await lab.fillDisk(lab.vm(3), "/var/lib/milvus-onprem");
    mends.push(() => lab.freeDisk(lab.vm(3), "/var/lib/milvus-onprem"));
    const output = await refused();
    const [port, clock, disk] = [1, 2, 3].map((n) => errorOf(output, `peer-${n}`));
    expect(port).toMatch(/2379.*perl/);
    expect(clock).toMatch(/peer-2.*clock/);
    expect(clock).toMatch(/it is (5 min \d+|4 min 5\d) s ahead/);
    expect(disk).toMatch(/\/var\/lib\/milvus-onprem.*free|free.*\/var\/lib\/milvus-onprem/);
  });

  test("two peers with one host name: both are named", async () => {
    await onPeer(lab, 2, "hostname vm1");
    mends.push(() => onPeer(lab, 2, "hostname vm2"));
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
