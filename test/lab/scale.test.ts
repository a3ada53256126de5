/** A cluster that grows and shrinks by editing its program. The tests build on each other in order. */
import { Lab } from "../../lab";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { Deployment } from "../support/deployment";
import { eventually } from "../support/eventually";
import { onlyLong } from "../support/long";
import { etcdMembers, onPeer, rootPassword, statusOf } from "../support/peers";
import { Probe } from "../support/probe";
import { pymilvus } from "../support/pymilvus";
import { expectDoneAsShown, lastChange, restarted, startedAt } from "../support/changes";

jest.setTimeout(30 * 60_000);

const { test: rarely } = onlyLong("a second VM that is exchanged, and the return of the first, take minutes");

let centre: DataCentre;
let deployment: Deployment;

beforeAll(async () => {
  await Lab.remove("scale"); // what a killed run may have left
  centre = await dataCentre({ name: "scale", vms: 4 });
  deployment = Deployment.create("scale", centre);
  await deployment.synth();
  expect((await deployment.apply()).output).toContain("Apply complete!");
});

afterAll(async () => {
  await (await Lab.attach("scale")).down();
});

/** The fourth peer serves searches alone. */
const FOUR = { vms: [1, 2, 3, 4], pools: [[1, 2, 3]], peers: { 4: { roles: ["query" as const] } } };
const started = (): Promise<Record<string, string>> => startedAt(centre.lab, [1, 2, 3]);

const members = (): Promise<string[]> => etcdMembers(centre.lab);

/** Applies a program while clients insert and search through the load balancers of some VMs; nothing acknowledged may be lost. */
async function appliedUnderLoad(
  collection: string,
  {
    vms = [1, 2, 3],
    before = async () => undefined,
    replace = [],
    replicas = 1,
  }: { vms?: number[]; before?: () => Promise<unknown>; replace?: string[]; replicas?: number } = {},
): Promise<void> {
  const endpoints = vms.map((n) => `${centre.lab.vm(n).address}:19537`);
  const password = await rootPassword(deployment);
  const clients = await Probe.start({ endpoints, username: "root", password, collection, replicas });
  await clients.settled(20, 120_000);
  await before();
  const from = Date.now();
  const { code, output } = await deployment.apply(...replace.map((address) => `-replace=${address}`));
  expect(output).toContain("Apply complete!");
  expect(code).toBe(0);
  const seconds = Math.round((Date.now() - from) / 1000);
  await clients.settled(20, 120_000);
  console.log(`${collection}: ${seconds} s, ${clients.noticed()}`);
  expect(await clients.stop()).toEqual([]);
  await expectDoneAsShown(centre.lab, deployment);
}

describe("a fourth peer", () => {
  test("is planned as steps, with the peer made ready first", async () => {
    await deployment.synth(FOUR);
    const { output } = await deployment.plan();
    expect(output).toMatch(/1 to add, \d to change, 0 to destroy/);
    expect(output).toMatch(/\+ "hand peer-4 \([\d.]+\) what members of the cluster know"/);
    expect(output).toContain(
      '+ "add peer-4 to etcd, with a vote once it has caught up: 3 members, quorum of 2 → 4 members, quorum of 3"',
    );
  });

  test("joins while clients read and write, and restarts nothing elsewhere", async () => {
    const before = await started();
    await appliedUnderLoad("grows");
    expect(restarted(before, await started())).toEqual([]);
  });

  test("is a whole member: of etcd, with its role, serving clients", async () => {
    expect(await members()).toEqual(["peer-1", "peer-2", "peer-3", "peer-4"]);
    const { lab } = centre;
    await eventually("all is well", 60_000, async () => (await statusOf(lab, lab.vm(4))).health === "ok");
    const endpoint = `${lab.vm(4).address}:19537`;
    expect(await deployment.output<string[]>("endpoints")).toContain(endpoint);
    expect(await pymilvus(endpoint, await rootPassword(deployment))).toContain("found 5 of 5");
    const { peers } = await statusOf(lab, lab.vm(4));
    expect(peers[3]!.components.map(({ name }) => name)).toEqual(["etcd", "querynode", "nginx"]);
    await onPeer(lab, 4, "milvus-onprem smoke");
  });

  test("may lead the control plane, and carry out a change of itself", async () => {
    const { lab } = centre;
    await eventually(
      "peer-4 leads",
      180_000,
      async () => {
        const { leader } = await statusOf(lab, lab.vm(1));
        if (leader?.peer === "peer-4") return true;
        await onPeer(lab, 1, "milvus-onprem step-down");
        return false;
      },
      5_000,
    );
  });
});

describe("the fourth peer, when the program has it no more", () => {
  test("leaves while clients read and write, although it leads", async () => {
    await deployment.synth();
    await appliedUnderLoad("shrinks");
    const { id, attempts } = await lastChange(centre.lab);
    expect(attempts).toBeGreaterThan(1);
    expect(await onPeer(centre.lab, 1, `milvus-onprem jobs logs ${id}`)).not.toMatch(
      /was made anew|is started anew/,
    );
  });

  test("is gone from etcd, from the load balancers and from its VM", async () => {
    expect(await members()).toEqual(["peer-1", "peer-2", "peer-3"]);
    const conf = await onPeer(centre.lab, 2, "docker exec milvus-nginx cat /etc/nginx/nginx.conf");
    expect(conf).not.toContain(centre.lab.vm(4).address);
    expect(await onPeer(centre.lab, 4, "docker ps -aq | wc -l")).toBe("0");
    expect((await statusOf(centre.lab, centre.lab.vm(1))).health).toBe("ok");
  });
});

describe("a VM that is gone for good", () => {
  test("is replaced by another one at another address, in one apply, while clients read and write", async () => {
    const { lab } = centre;
    const { address, hostKey, privateKeyFile } = lab.vm(4);
    // etcd's data of the peer that it was is of no use to another.
    await onPeer(lab, 4, "find /var/lib/milvus-onprem -mindepth 1 -delete");
    await deployment.synth({ peers: { 3: { address, ssh: { hostKey, privateKeyFile } } } });
    await appliedUnderLoad("replaced", {
      vms: [1, 2],
      before: () => lab.kill(lab.vm(3)),
      replicas: 2,
    });
  });

  test("has its place in etcd, in the pool and among clients' addresses", async () => {
    const { lab } = centre;
    expect(await members()).toEqual(["peer-1", "peer-2", "peer-3"]);
    expect(await deployment.output<string[]>("endpoints")).toContain(`${lab.vm(4).address}:19537`);
    await eventually("all is well", 120_000, async () => {
      const { health, peers } = await statusOf(lab, lab.vm(1));
      const drives = peers.flatMap((p) =>
        p.components.filter((c) => c.name === "minio").map((c) => c.detail),
      );
      return health === "ok" && drives.join() === "4/4 drives,4/4 drives,4/4 drives";
    });
    await onPeer(lab, 4, "milvus-onprem smoke");
  });

  rarely(
    "is replaced by one that was set up anew at the same address, by terraform apply -replace",
    async () => {
      const { lab } = centre;
      const { output } = await deployment.terraform("state", "list");
      const address = output
        .split("\n")
        .find((line) => line.includes("milvus_peer") && line.includes("peer-3"))!;
      const anew =
        "docker rm -f $(docker ps -aq); rm -rf /etc/milvus-onprem; find /var/lib/milvus-onprem -mindepth 1 -delete";
      await appliedUnderLoad("set_up_anew", {
        vms: [1, 2],
        before: () => onPeer(lab, 4, anew),
        replace: [address],
        replicas: 2,
      });
      expect(await members()).toEqual(["peer-1", "peer-2", expect.stringMatching(/^peer-3\.[0-9a-f]{8}$/)]);
      await onPeer(lab, 4, "milvus-onprem smoke");
      expect((await deployment.plan("-detailed-exitcode")).output).toContain("No changes.");
    },
  );

  rarely("lets go of everything by itself, should it come back", async () => {
    const { lab } = centre;
    await lab.start(lab.vm(3));
    const left = "docker ps -aq --filter label=com.docker.compose.project=milvus | wc -l";
    await eventually(
      "its containers are gone",
      240_000,
      async () => (await onPeer(lab, 3, left)) === "0",
      3_000,
    );
    expect((await statusOf(lab, lab.vm(1))).health).toBe("ok");
  });
});
