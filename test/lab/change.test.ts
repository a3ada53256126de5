/**
 * A cluster that is changed by editing its program: upgraded, reconfigured, changed by hand and mended, given other passwords. The tests
 * build on each other in order.
 */
import { ErrorCode, MilvusClient } from "@zilliz/milvus2-sdk-node";
import { MilvusVersion, type MilvusClusterProps } from "../../constructs";
import { Lab } from "../../lab";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { expectDoneAsShown, restarted, startedAt } from "../support/changes";
import { Deployment, type Outcome } from "../support/deployment";
import { eventually } from "../support/eventually";
import { onlyLong } from "../support/long";
import { onPeer, rootPassword, statusOf } from "../support/peers";
import { Probe, type ProbeOptions } from "../support/probe";

jest.setTimeout(30 * 60_000);

const { describe: rarely } = onlyLong(
  "an exchange of passwords restarts everything but etcd, which takes minutes",
);

const PEERS = [1, 2, 3];
const MILVUS = ["coord", "datanode", "indexnode", "proxy", "querynode"];
const OLD = { version: MilvusVersion.of("v2.3.4") };
const NEW = { version: MilvusVersion.of("v2.3.5") };
const SPREAD = { ...NEW, loadBalancing: "spread" } as const;
const SECOND = { ...SPREAD, secretsGeneration: 2 };

let centre: DataCentre;
let deployment: Deployment;

beforeAll(async () => {
  await Lab.remove("change"); // what a killed run may have left
  centre = await dataCentre({ name: "change" });
  deployment = Deployment.create("change", centre);
  await deployment.synth({ cluster: OLD });
  expect((await deployment.apply()).output).toContain("Apply complete!");
});

afterAll(async () => {
  await (await Lab.attach("change")).down();
});

const started = (): Promise<Record<string, string>> => startedAt(centre.lab, PEERS);
const expectDone = (): Promise<void> => expectDoneAsShown(centre.lab, deployment);

async function change(cluster: Partial<MilvusClusterProps>): Promise<Outcome> {
  await deployment.synth({ cluster });
  return deployment.apply();
}

type Who = Pick<ProbeOptions, "username" | "password">;

async function probe(collection: string, user?: Who): Promise<Probe> {
  const who = user ?? { username: "root", password: await rootPassword(deployment) };
  return Probe.start({ endpoints: endpoints(), ...who, collection, replicas: 1 });
}

const endpoints = (): string[] => centre.lab.vms.map((vm) => `${vm.address}:19537`);

/** A client of Milvus that has been let in as an administrator. */
async function asAdmin(who: Who, address = endpoints()[0]!): Promise<MilvusClient> {
  const client = new MilvusClient({ address, ...who, logLevel: "error" });
  try {
    await client.connectPromise;
    const { status } = await client.listUsers();
    if (status.error_code !== ErrorCode.SUCCESS) throw new Error(status.reason);
    return client;
  } catch (error) {
    await client.closeConnection();
    throw error;
  }
}

const asRoot = (password: string): Promise<MilvusClient> => asAdmin({ username: "root", password });

/** With credentials from the environment file that MinIO itself reads. */
const minioUsers = (): string => `docker exec -i milvus-minio bash -s <<'EOS'
export MC_CONFIG_DIR=/tmp/.mc; set -a; . "$MINIO_CONFIG_ENV_FILE"
export MC_HOST_lab="https://$MINIO_ROOT_USER:$MINIO_ROOT_PASSWORD@${centre.lab.vm(1).address}:9000"
mc admin user list lab --insecure
EOS`;

describe("a rolling upgrade", () => {
  let before: Record<string, string>;
  let planned: Outcome;
  let clients: Probe;

  beforeAll(async () => {
    before = await started();
    clients = await probe("upgrade");
    await clients.settled(20, 120_000);
    await deployment.synth({ cluster: NEW });
    planned = await deployment.plan();
  });

  test("is shown step by step, what it builds on first", () => {
    expect(planned.output).toContain("1 to change, 0 to destroy");
    const at = [
      "pull ",
      "take a snapshot of etcd",
      ...["coord", "indexnode", "querynode", "datanode", "proxy"].map((s) => `restart ${s} on`),
    ];
    const found = at.map((text) => planned.output.indexOf(`+ "${text}`));
    expect(found.every((position) => position > 0)).toBe(true);
    expect([...found].sort((a, b) => a - b)).toEqual(found);
  });

  test("is done as it was shown, under load", async () => {
    const { code, output } = await deployment.apply();
    expect(output).toContain("Apply complete!");
    expect(code).toBe(0);
    await clients.settled(20, 120_000);
    console.log(
      `${clients.noticed()}, of them:\n${[...new Set(clients.failures())].slice(0, 12).join("\n")}`,
    );
    expect(await clients.stop()).toEqual([]);
    await expectDone();
  });

  test("exchanges Milvus, and leaves etcd, MinIO, Pulsar and nginx alone", async () => {
    expect(restarted(before, await started())).toEqual(MILVUS);
    const { health, cluster, peers } = await statusOf(centre.lab, centre.lab.vm(2));
    expect(health).toBe("ok");
    expect(cluster).toMatchObject({ version: "v2.3.5", generation: 2 });
    const images = peers.flatMap((p) =>
      p.components.filter((c) => MILVUS.includes(c.name)).map((c) => c.image),
    );
    expect(images.filter((image) => !image?.endsWith("milvus:v2.3.5"))).toEqual([]);
  });
});

describe("whom load balancers prefer", () => {
  test("is changed without a restart", async () => {
    const before = await started();
    expect((await change(SPREAD)).output).toContain("Apply complete!");
    expect(restarted(before, await started())).toEqual([]);
    expect(await onPeer(centre.lab, 2, "docker exec milvus-nginx cat /etc/nginx/nginx.conf")).toContain(
      "least_conn",
    );
    await expectDone();
  });
});

describe("what was changed by hand on VMs", () => {
  const RENDERED = "/etc/milvus-onprem/rendered";
  const OTHER = `sed 's|milvus:v2.3.5|milvus:v2.3.4|' ${RENDERED}/docker-compose.yml > /tmp/by-hand.yml`;
  let before: Record<string, string>;

  beforeAll(async () => {
    await onPeer(centre.lab, 2, `echo '# by hand' >> ${RENDERED}/nginx.conf`);
    const up = "docker compose -p milvus -f /tmp/by-hand.yml up -d --no-deps querynode";
    await onPeer(centre.lab, 3, `docker exec milvus-onprem sh -c "${OTHER} && ${up}"`);
    before = await started();
  });

  test("is a diff, with what mends it", async () => {
    const { output } = await deployment.plan();
    const flat = output.replace(/[│╷╵\s]+/g, " ");
    expect(flat).toMatch(/peer-2: nginx.conf: sha256:\w+, mode 644 instead of sha256:\w+, mode 644/);
    expect(flat).toMatch(
      /the container of querynode: image \S+milvus:v2.3.4 instead of image \S+milvus:v2.3.5/,
    );
    expect(output).toContain('"write nginx.conf on peer-2, and have nginx read its own again"');
    expect(output).toMatch(/"restart querynode on peer-3 \(image/);
  });

  test("is mended where it is, and nowhere else", async () => {
    expect((await deployment.apply()).output).toContain("Apply complete!");
    const changed = Object.entries(await started()).filter(([name, at]) => before[name] !== at);
    expect(changed.map(([name]) => name)).toEqual(["querynode on peer-3"]);
    expect(await onPeer(centre.lab, 2, "docker exec milvus-nginx cat /etc/nginx/nginx.conf")).not.toContain(
      "by hand",
    );
    await expectDone();
  });
});

rarely("an exchange of passwords", () => {
  const EXCHANGED = ["milvus_root_password", "minio_root_password", "minio_user", "minio_password"];
  const APP = { username: "app", password: "app-of-the-lab-0815" };
  const secrets = (): string[] =>
    EXCHANGED.map((name) => (deployment.attributes("milvus_credentials") as Record<string, string>)[name]!);
  let old: string[];
  let before: Record<string, string>;
  let clients: Probe;
  let planned: string;

  beforeAll(async () => {
    old = secrets();
    before = await started();
    const root = await asRoot(old[0]!);
    await root.createUser(APP);
    await root.addUserToRole({ username: APP.username, roleName: "admin" });
    await root.closeConnection();
    // Each proxy hears of a role by itself.
    for (const address of endpoints())
      await eventually(`${APP.username} is let in at ${address}`, 30_000, async () => {
        await (await asAdmin(APP, address)).closeConnection();
        return true;
      });
    clients = await probe("passwords", APP);
    await clients.settled(20, 120_000);
    await deployment.synth({ cluster: SECOND });
  });

  test("is shown with what it means for whoever is root, and without a password", async () => {
    planned = (await deployment.plan()).output;
    const at = ["let Milvus' new user into", "restart minio on", "restart coord on", "restart proxy on"];
    const found = [...at, "give Milvus' root its new password"].map((text) => planned.indexOf(`+ "${text}`));
    expect(found.every((position) => position > 0)).toBe(true);
    expect([...found].sort((a, b) => a - b)).toEqual(found);
    expect(planned).toContain("is refused with the old password");
  });

  test("is done as it was shown, under load of a user who is not root", async () => {
    const { code, output } = await deployment.apply();
    expect(output).toContain("Apply complete!");
    expect(code).toBe(0);
    planned += output;
    await clients.settled(20, 120_000);
    console.log(clients.noticed());
    expect(await clients.stop()).toEqual([]);
    await expectDone();
    expect(restarted(before, await started())).toEqual([...MILVUS, "minio"].sort());
    expect((await statusOf(centre.lab, centre.lab.vm(1))).health).toBe("ok");
  });

  test("ends the old ones, in Milvus and in MinIO", async () => {
    const [, , user] = old;
    await expect(asRoot(old[0]!)).rejects.toThrow(/auth check failure|unauthenticated/i);
    await (await asRoot(secrets()[0]!)).closeConnection();
    const users = await onPeer(centre.lab, 1, minioUsers());
    expect([users.includes(user!), users.includes(secrets()[2]!)]).toEqual([false, true]);
  });

  test("leaves neither the old ones nor the new ones in a plan, a log, a job or a file that others may read", async () => {
    const seen = await Promise.all(
      PEERS.flatMap((n) =>
        [
          "ps -eo args",
          "docker ps -aq | xargs docker inspect",
          "for c in $(docker ps -aq); do docker logs $c 2>&1; done",
          "milvus-onprem jobs list --type converge --output json",
          "find /etc/milvus-onprem /var/lib/milvus-onprem -type f -perm /044 -size -1M -exec cat {} + | tr -d '\\000'",
        ].map((command) => onPeer(centre.lab, n, command)),
      ),
    );
    for (const [i, secret] of [...old, ...secrets()].entries()) {
      // The name of a MinIO user is told by MinIO itself to whoever is root there.
      if (EXCHANGED[i % EXCHANGED.length] === "minio_user") continue;
      expect({ i, where: [planned, ...seen].findIndex((text) => text.includes(secret)) }).toEqual({
        i,
        where: -1,
      });
    }
    const rendered = await Promise.all(
      PEERS.map((n) => onPeer(centre.lab, n, "cat /etc/milvus-onprem/secrets.json")),
    );
    for (const text of rendered) expect(old.filter((secret) => text.includes(secret))).toEqual([]);
  });
});
