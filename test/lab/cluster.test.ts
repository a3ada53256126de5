/**
 * One cluster of three peers, formed by terraform apply on real VMs, and everything that must be true of it. The tests
 * build on each other in order: the cluster is formed once.
 */
import { Lab } from "../../lab";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { Daemons } from "../support/daemons";
import { Deployment, type Outcome } from "../support/deployment";
import { onPeer, rootPassword, statusOf } from "../support/peers";
import { eventually } from "../support/eventually";
import { onlyLong } from "../support/long";
import { Films } from "../support/films";
import { Probe } from "../support/probe";
import { pymilvus } from "../support/pymilvus";

const { describe: rarely } = onlyLong("a power cut, and a stop of the whole cluster, take minutes");

jest.setTimeout(15 * 60_000);

let centre: DataCentre;
let deployment: Deployment;
let formed: Outcome;

beforeAll(async () => {
  await Lab.remove("cluster"); // what a killed run may have left
  centre = await dataCentre({ name: "cluster" });
  deployment = Deployment.create("cluster", centre);
  await deployment.synth();
  formed = await deployment.apply();
});

afterAll(async () => {
  await (await Lab.attach("cluster")).down();
});

const COMPOSE = "/etc/milvus-onprem/rendered/docker-compose.yml";
const lastLine = (text: string): string => text.split("\n").at(-1)!;
const endpoints = (): string[] => centre.lab.vms.map((vm) => `${vm.address}:19537`);

describe("forming", () => {
  test("terraform apply forms the cluster", () => {
    expect(formed.output).toContain("Apply complete!");
    expect(formed.code).toBe(0);
  });

  test("the outputs name every peer's load balancer", async () => {
    expect(await deployment.output<string[]>("endpoints")).toEqual(endpoints());
    expect(endpoints()).toContain(await deployment.output("endpoint"));
  });

  test("a second plan shows no changes", async () => {
    const { code, output } = await deployment.plan("-detailed-exitcode");
    expect(output).toContain("No changes.");
    expect(code).toBe(0);
  });

  test("status says the same on every peer: all components healthy, one leader", async () => {
    const replies = await Promise.all(centre.lab.vms.map((vm) => statusOf(centre.lab, vm)));
    for (const reply of replies) {
      expect(reply.health).toBe("ok");
      expect(reply.leader).toEqual(replies[0]!.leader);
      expect(reply.peers.flatMap((p) => p.components.filter((c) => c.health !== "healthy"))).toEqual([]);
    }
    expect(deployment.attributes("milvus_cluster")).toMatchObject({
      generation: replies[0]!.cluster!.generation,
      id: replies[0]!.cluster!.id,
      endpoints: replies[0]!.endpoints,
    });
  });
});

describe("the parts' own tools agree", () => {
  test("etcdctl: three members, one of them leader", async () => {
    const out = await onPeer(
      centre.lab,
      1,
      "docker exec milvus-etcd etcdctl endpoint status --cluster -w json",
    );
    const members = JSON.parse(out) as { Status: { leader: string; header: { member_id: string } } }[];
    expect(members).toHaveLength(3);
    expect(new Set(members.map((m) => m.Status.leader)).size).toBe(1);
  });

  test("mc admin info: twelve drives online", async () => {
    const info = await minioInfo();
    expect(info.info.servers.flatMap((s) => s.drives.map((d) => d.state))).toEqual(Array(12).fill("ok"));
  });

  test("a pymilvus program inserts and finds vectors through every load balancer", async () => {
    const password = await rootPassword(deployment);
    for (const endpoint of endpoints()) expect(await pymilvus(endpoint, password)).toContain("found 5 of 5");
  });

  test("the smoke command passes on a peer", async () => {
    expect(await onPeer(centre.lab, 3, "milvus-onprem smoke")).toMatch(/198\.18\.\d+\.13:19537/);
  });
});

describe("backups", () => {
  const ROWS = 20_000;
  const NAMES = ["films", "books", "songs"];
  let films: Films;
  beforeAll(async () => {
    films = await Films.at(endpoints()[0]!, await rootPassword(deployment));
    for (const name of NAMES) await films.make(name, ROWS);
  });
  afterAll(async () => {
    for (const name of [...NAMES, "films_of_march"]) await films.drop(name);
    await films.close();
  });

  test("what users have loaded is told by any peer, for plans that let query nodes go", async () => {
    const { collections } = await new Daemons(centre.lab, deployment).of(centre.lab.vm(2)).loaded();
    const found = NAMES.map((collection) => ({ collection, replicas: 1 }));
    expect(collections).toEqual(expect.arrayContaining(found));
  });

  test("one outlives the leader that makes it, and is whole", async () => {
    const { lab } = centre;
    const { leader } = await statusOf(lab, lab.vm(1));
    const first = lab.vms.find((vm) => leader!.peer.endsWith(String(vm.index)))!;
    const other = lab.vms.find((vm) => vm !== first)!.index;
    const job = JSON.parse(
      await onPeer(lab, other, "milvus-onprem create-backup --name nightly --detach --output json"),
    ) as { id: string };
    await eventually("collections are being read, or are already", 60_000, async () =>
      /books|films|songs|succeeded/.test(await onPeer(lab, other, `milvus-onprem jobs show ${job.id}`)),
    );
    await onPeer(lab, first.index, "docker kill milvus-onprem && docker start milvus-onprem");
    await onPeer(lab, other, `milvus-onprem jobs logs ${job.id}`);
    const log = await onPeer(lab, other, `milvus-onprem jobs logs ${job.id}`);
    // None is read twice; a killed leader takes the last lines of its log along.
    for (const name of NAMES)
      expect(log.split(`default/${name}: ${ROWS} rows`).length).toBeLessThanOrEqual(2);
    expect(await onPeer(lab, other, "milvus-onprem backups verify nightly")).toContain(
      "verify-backup succeeded",
    );
    expect(await onPeer(lab, other, "milvus-onprem backups list")).toMatch(/nightly +complete .* 3 +60000 /);
  });

  test("what exists is refused, and nothing is touched", async () => {
    const { code, stdout, stderr } = await centre.lab.exec(
      centre.lab.vm(1),
      "milvus-onprem restore-backup nightly",
    );
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(/default\/books.* exists/);
    expect(await films.count("books")).toBe(ROWS);
  });

  test("is exported to a directory, and imported from it under another name", async () => {
    const { lab } = centre;
    expect(
      await onPeer(lab, 2, "milvus-onprem export-backup nightly --to /var/lib/milvus-onprem/out"),
    ).toMatch(/\d+ files/);
    await onPeer(lab, 2, "milvus-onprem import-backup /var/lib/milvus-onprem/out/nightly --name brought");
    expect(await onPeer(lab, 2, "milvus-onprem backups verify brought")).toContain("verify-backup succeeded");
    await onPeer(lab, 2, "milvus-onprem backups delete brought --force");
    expect(await onPeer(lab, 2, "milvus-onprem backups list")).not.toContain("brought");
  });

  test("a dropped collection comes back under its name and beside it, with every row", async () => {
    const nearest = await films.nearest("films");
    await films.drop("films");
    await onPeer(centre.lab, 2, "milvus-onprem restore-backup nightly --collections films");
    await onPeer(
      centre.lab,
      3,
      "milvus-onprem restore-backup nightly --collections films --rename films=films_of_march",
    );
    for (const name of ["films", "films_of_march"]) {
      expect(await films.count(name)).toBe(ROWS);
      expect(await films.nearest(name)).toEqual(nearest);
    }
  });
});

describe("secrets", () => {
  test("stand in no plan, process list, container configuration, log or world-readable file", async () => {
    const secrets = secretsOf(deployment);
    const plan =
      (await deployment.plan("-out=secrets.plan")).output +
      (await deployment.must("show", "-no-color", "secrets.plan"));
    const seen = await Promise.all(
      [1, 2, 3].flatMap((n) =>
        [
          "ps -eo args",
          "docker ps -aq | xargs docker inspect",
          "for c in $(docker ps -aq); do docker logs $c 2>&1; done",
          "find /etc/milvus-onprem /var/lib/milvus-onprem -type f -perm /044 -size -1M -exec cat {} + | tr -d '\\000'",
        ].map((command) => onPeer(centre.lab, n, command)),
      ),
    );
    for (const [name, value] of Object.entries(secrets)) {
      const where = [plan, formed.output, ...seen].findIndex((text) => text.includes(value));
      expect({ secret: name, where }).toEqual({ secret: name, where: -1 });
    }
  });

  test("Milvus refuses its well-known password, etcd and MinIO refuse strangers", async () => {
    await expect(pymilvus(endpoints()[0]!, "Milvus")).rejects.toThrow(/auth check failure|incorrect/i);
    const vm = centre.lab.vm(1);
    const etcd = `curl -sk --max-time 5 https://${vm.address}:2379/health; echo "exit $?"`;
    expect(await onPeer(centre.lab, 2, etcd)).not.toContain('"health":"true"');
    const minio = `curl -sk -o /dev/null -w '%{http_code}' https://${vm.address}:9000/milvus-bucket/`;
    expect(await onPeer(centre.lab, 2, minio)).toBe("403");
  });
});

describe("the loss of a VM that does not host Pulsar", () => {
  test("reads and writes go on through the other load balancers, nothing acknowledged is lost, MinIO heals", async () => {
    const { lab } = centre;
    const password = await rootPassword(deployment);
    const survivors = [lab.vm(1), lab.vm(2)].map((vm) => `${vm.address}:19537`);
    const probe = await Probe.start({
      endpoints: survivors,
      username: "root",
      password,
      collection: "failover",
      replicas: 2,
    });
    await probe.settled(20, 60_000);
    const killedAt = Date.now();
    await lab.kill(lab.vm(3));
    await probe.settled(50, 120_000).finally(() => tellOfReleases(probe));
    console.log(
      `reads were back after ${probe.outageMs("read", killedAt)} ms, writes after ${probe.outageMs("write", killedAt)} ms`,
    );
    const status = await statusOf(lab, lab.vm(1));
    expect(status.health).toBe("degraded");
    expect(status.peers.find((p) => p.name === "peer-3")?.reachable).toBe(false);
    await lab.start(lab.vm(3));
    expect(await probe.stop()).toEqual([]);
    expect(probe.acknowledgedIds).toBeGreaterThan(20);
    await eventually(
      "every component healthy again",
      180_000,
      async () => (await statusOf(lab, lab.vm(1))).health === "ok",
    );
    await eventually("no MinIO object with a missing shard", 120_000, async () => (await unhealed()) === 0);
  });
});

rarely("power", () => {
  const COMPONENTS = "docker ps -a --filter label=com.docker.compose.project=milvus --format '{{.Names}}'";
  let clients: Probe;

  test("cut off from all VMs at once and back: the cluster serves again without a command", async () => {
    const { lab } = centre;
    const password = await rootPassword(deployment);
    const o = { endpoints: endpoints(), username: "root", password, collection: "power", replicas: 2 };
    clients = await Probe.start(o);
    await clients.settled(20, 60_000);
    await Promise.all(lab.vms.map((vm) => lab.kill(vm)));
    const back = Date.now();
    await Promise.all(lab.vms.map((vm) => lab.start(vm)));
    await clients.settled(20, 240_000);
    console.log(
      `clients are served again ${Math.round((Date.now() - back) / 1000)} s after the power is back`,
    );
    await eventually(
      "every component healthy again",
      120_000,
      async () => (await statusOf(lab, lab.vm(1))).health === "ok",
    );
  });

  test("a cluster that is stopped keeps etcd alone, says so everywhere, and stays so", async () => {
    const { lab } = centre;
    const told = await alerts();
    console.log(lastLine(await onPeer(lab, 1, "milvus-onprem stop --yes")));
    for (const vm of lab.vms) {
      expect(await onPeer(lab, vm.index, COMPONENTS)).toBe("milvus-etcd");
      // A daemon hears of it from etcd.
      await eventually(
        `${vm.name} says so`,
        10_000,
        async () => (await statusOf(lab, vm)).health === "stopped",
      );
    }
    await onPeer(lab, 3, "docker restart milvus-onprem");
    await onPeer(lab, 3, `docker exec milvus-onprem docker compose -p milvus -f ${COMPOSE} up -d nginx`);
    await eventually(
      "what does not belong there is removed",
      60_000,
      async () => (await onPeer(lab, 3, COMPONENTS)) === "milvus-etcd",
    );
    expect(await alerts()).toEqual(told);
    const { code, output } = await deployment.plan();
    expect([code, output]).toEqual([0, expect.stringContaining("is stopped")]);
  });

  test("started again it serves, with every row that was acknowledged", async () => {
    const { lab } = centre;
    console.log(lastLine(await onPeer(lab, 2, "milvus-onprem start")));
    await clients.settled(20, 120_000);
    expect(await clients.stop()).toEqual([]);
    await eventually("all is well", 60_000, async () => (await statusOf(lab, lab.vm(3))).health === "ok");
    expect((await deployment.plan("-detailed-exitcode")).code).toBe(0);
  });

  /** Lines of all daemons, but those about peers that were cut off before. */
  async function alerts(): Promise<string[]> {
    const look = "docker logs milvus-onprem 2>&1 | grep -E '^(PEER_DOWN|COMPONENT)' || true";
    return Promise.all(centre.lab.vms.map((vm) => onPeer(centre.lab, vm.index, look)));
  }
});

describe("the end", () => {
  test("destroy is refused while planning when deletion protection is on", async () => {
    const { code, output } = await deployment.destroy();
    expect(code).toBe(1);
    expect(output).toMatch(/deletion_protection/);
    expect((await statusOf(centre.lab, centre.lab.vm(1))).health).toBe("ok");
  });

  test("destroy leaves no container, and keeps the data", async () => {
    await deployment.synth({ cluster: { deletionProtection: false } });
    expect((await deployment.apply()).code).toBe(0);
    const { code, output } = await deployment.destroy();
    expect(output).toContain("Destroy complete!");
    expect(code).toBe(0);
    for (const n of [1, 2, 3]) {
      expect(
        await onPeer(centre.lab, n, "docker ps -aq | wc -l; ls /etc/milvus-onprem 2>/dev/null | wc -l"),
      ).toBe("0\n0");
      expect(await onPeer(centre.lab, n, "ls /var/lib/milvus-onprem")).toMatch(/etcd[\s\S]*minio/);
    }
  });
});

/** Why a coordinator released a loaded collection is in its log alone. */
async function tellOfReleases({ released }: Probe): Promise<void> {
  if (released.length === 0) return;
  const look =
    "docker logs milvus-coord 2>&1 | grep -iE 'release|recover|collection not loaded' | tail -n 15 | cut -c 1-400";
  const logs = await Promise.all([1, 2].map((n) => onPeer(centre.lab, n, look).catch(String)));
  console.log(`Milvus had released the loaded collection at ${released.join(", ")}:\n${logs.join("\n")}`);
}

interface MinioInfo {
  info: { servers: { drives: { state: string }[] }[] };
}

async function minioInfo(): Promise<MinioInfo> {
  return JSON.parse(await mc("mc admin info --json lab")) as MinioInfo;
}

/** Objects that lack a shard on some drive, as MinIO's own dry run of a heal counts them. */
async function unhealed(): Promise<number> {
  const lines = (await mc("mc admin heal --dry-run --recursive --json lab"))
    .split("\n")
    .filter((l) => l.startsWith("{"));
  return lines.filter((l) => /"before":\{[^}]*"(missing|corrupted)":[1-9]/.test(l)).length;
}

/** mc inside the MinIO container, with credentials from the environment file that MinIO itself reads. */
function mc(command: string): Promise<string> {
  const inside = `export MC_CONFIG_DIR=/tmp/.mc; set -a; . "$MINIO_CONFIG_ENV_FILE"; export MC_HOST_lab="https://$MINIO_ROOT_USER:$MINIO_ROOT_PASSWORD@${centre.lab.vm(1).address}:9000"; ${command} --insecure`;
  return onPeer(centre.lab, 1, `docker exec -i milvus-minio bash -s <<'EOS'\n${inside}\nEOS`);
}

/** All sensitive values in Terraform's state. */
function secretsOf(d: Deployment): Record<string, string> {
  const attributes = d.attributes("milvus_credentials") as Record<string, string>;
  const names = [
    ...["token", "minio_root_password", "milvus_root_password"],
    ...["minio_password", "pulsar_token_key", "pulsar_token"],
  ];
  const key = attributes.ca_key_pem!.split("\n")[1]!;
  return { ...Object.fromEntries(names.map((name) => [name, attributes[name]!])), ca_key_pem: key };
}
