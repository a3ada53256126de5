/**
 * All VMs burn down: a cluster whose encrypted backups lie in a MinIO outside is formed anew, on VMs that are empty, from those alone: by a
 * program, and by hand. The tests build on each other in order.
 */
import { readFileSync } from "node:fs";
import { ConsistencyLevelEnum, DataType, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { Lab } from "../../lab";
import type { BackupReply } from "../../lib/api/wire";
import { openMilvus } from "../../lib/daemon/milvus";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { Deployment } from "../support/deployment";
import { eventually } from "../support/eventually";
import { Films } from "../support/films";
import { onlyLong } from "../support/long";
import { outsideMinio, ownerOf, type OutsideMinio } from "../support/outside-minio";
import { onPeer, rootPassword } from "../support/peers";

const { describe } = onlyLong("two clusters, one formed from the backups of the other, take minutes");

jest.setTimeout(20 * 60_000);

const BUCKET = "milvus-backups";
/** Fewer of them make it quicker. */
const ROWS = Number(process.env.MILVUS_ONPREM_ROWS ?? 1_000_000);
const DIM = 128;
const SAMPLES = 1_000;
const PEERS = [1, 2, 3];
const MARKS = "marks";
const CLI = "/usr/local/bin/milvus-onprem";
/** Where an operator puts what is kept outside. */
const KEPT = "/root/kept";

/** A row, with when its insertion was begun and when it was acknowledged. */
interface Mark {
  readonly id: number;
  readonly begun: number;
  acknowledged?: number;
}

/** Inserts one row after the other, and remembers when. */
class Marker {
  readonly marks: Mark[] = [];
  private stopped = false;
  private loop: Promise<void> | undefined;

  constructor(private readonly client: MilvusClient) {}

  async start(): Promise<void> {
    const { client } = this;
    await client.createCollection({
      collection_name: MARKS,
      fields: [
        { name: "id", data_type: DataType.Int64, is_primary_key: true, autoID: false },
        { name: "v", data_type: DataType.FloatVector, dim: 8 },
      ],
    });
    const index = { field_name: "v", index_type: "FLAT", metric_type: "L2", params: {} };
    await client.createIndex({ collection_name: MARKS, ...index });
    await client.loadCollectionSync({ collection_name: MARKS });
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const mark: Mark = { id: this.marks.length, begun: Date.now() };
      this.marks.push(mark);
      const data = [{ id: mark.id, v: Array.from({ length: 8 }, () => Math.random()) }];
      const { status } = await this.client.insert({ collection_name: MARKS, data });
      if (status.error_code === "Success") mark.acknowledged = Date.now();
    }
  }
}

let centre: DataCentre;
let endpoint: string;
let password: string;
let marks: Mark[];
let nearest: string[];
let backup: BackupReply;
let cluster: object;
let outside: OutsideMinio;
let ageIdentity: string;

const clientOf = (): Promise<MilvusClient> => openMilvus(endpoint, password);

describe("all VMs are gone", () => {
  beforeAll(async () => {
    await Lab.remove("disaster"); // what a killed run may have left
    centre = await dataCentre({ name: "disaster", vms: 4 });
    endpoint = `${centre.lab.vm(1).address}:19537`;
    outside = await outsideMinio(centre.lab, centre.lab.vm(4));
    await ownerOf(outside).makeBucket(BUCKET);
    const { generateX25519Identity } = await import("age-encryption");
    ageIdentity = await generateX25519Identity();
    cluster = {
      backups: {
        target: { s3: { ...outside, bucket: BUCKET } },
        encryption: { ageIdentity },
      },
    };
    const deployment = Deployment.create("disaster", centre);
    await deployment.synth({ vms: PEERS, cluster });
    expect((await deployment.apply()).output).toContain("Apply complete!");
    password = await rootPassword(deployment);
  });

  afterAll(async () => {
    await (await Lab.attach("disaster")).down();
  });

  test("a backup is made while a client writes", async () => {
    const films = await Films.at(endpoint, password, DIM);
    await films.make("films", ROWS);
    nearest = await films.nearest("films");
    await films.close();
    const client = await clientOf();
    const marker = new Marker(client);
    await marker.start();
    await eventually("rows are written", 60_000, async () => marker.marks.length > 50);
    const began = Date.now();
    await onPeer(centre.lab, 2, "milvus-onprem create-backup --name last", 15 * 60_000);
    console.log(`backup of ${ROWS} rows: ${Math.round((Date.now() - began) / 1000)} s`);
    const soFar = marker.marks.length;
    await eventually("rows are written after it", 60_000, async () => marker.marks.length > soFar + 20);
    await marker.stop();
    await client.closeConnection();
    ({ marks } = marker);
    backup = JSON.parse(
      await onPeer(centre.lab, 2, "milvus-onprem backups show last --output json"),
    ) as BackupReply;
  });

  test("a new cluster on empty VMs is formed from it, as the plan says, and has nothing left to do", async () => {
    for (const n of PEERS) await centre.lab.wipe(centre.lab.vm(n));
    const deployment = Deployment.create("risen", centre);
    await deployment.synth({ vms: PEERS, cluster: { ...cluster, restoreFrom: { backup: "latest" } } });
    const began = Date.now();
    const { code, output } = await deployment.apply();
    console.log(`formed and restored in ${Math.round((Date.now() - began) / 1000)} s`);
    expect(output).toMatch(/\+ "restore the newest backup of milvus-backups\/vectors at /);
    expect(output).toContain("Apply complete!");
    expect(code).toBe(0);
    expect((await deployment.plan("-detailed-exitcode")).code).toBe(0);
    password = await rootPassword(deployment);
  });

  test("every row is back that was acknowledged before the backup read it, and none that was begun after", () =>
    marksAreBack());

  test("searches find what they found", () => filmsAreBack());

  test("by hand, too: three empty VMs, what was kept of the lost cluster, and its newest backup", async () => {
    const { lab, inventory } = centre;
    const { images } = JSON.parse(readFileSync(inventory, "utf8")) as { images: Record<string, string> };
    const { daemon, pulsar, nginx } = images;
    const command = `docker run --rm ${daemon} wrapper ${daemon} | sh -c 'cat > ${CLI} && chmod 755 ${CLI}'`;
    await Promise.all(PEERS.map(async (n) => lab.wipe(lab.vm(n)).then(() => onPeer(lab, n, command))));
    const { endpoint: at, accessKey, secretKey, caPem } = outside;
    await kept("keys", `${accessKey}\n${secretKey}\n`);
    await kept("ca.pem", caPem);
    await kept("identity", ageIdentity);
    const said = await onPeer(
      lab,
      1,
      `milvus-onprem init --milvus-version=v2.3.5 --ha-cluster-size=3 --cluster-name=vectors --registry=${lab.registry} ` +
        `--image pulsar=${pulsar} --image nginx=${nginx} --backup-target ${at}/${BUCKET} --backup-key-file ${KEPT}/keys ` +
        `--backup-ca-file ${KEPT}/ca.pem --backup-identity-file ${KEPT}/identity`,
    );
    password = /user root, password (\S+)/.exec(said)![1]!;
    const join = /milvus-onprem join \S+ mop1\.\S+/.exec(said)![0];
    await Promise.all([2, 3].map((n) => onPeer(lab, n, `${join} --timeout 5m`, 6 * 60_000)));
    expect(await onPeer(lab, 2, "milvus-onprem backups list")).toContain("last");
    const began = Date.now();
    await onPeer(lab, 2, "milvus-onprem restore-backup last", 15 * 60_000);
    console.log(`restored by hand in ${Math.round((Date.now() - began) / 1000)} s`);
    await marksAreBack();
    await filmsAreBack();
  });
});

/** Writes a file on the first VM that only root may read. */
async function kept(name: string, text: string): Promise<void> {
  const { lab } = centre;
  const write = `mkdir -p ${KEPT} && umask 077 && cat > ${KEPT}/${name}`;
  expect((await lab.exec(lab.vm(1), write, { input: text })).code).toBe(0);
}

async function marksAreBack(): Promise<void> {
  const { from, to } = backup.collections.find(({ name }) => name.endsWith(MARKS))!.read;
  const client = await clientOf();
  const { data } = await client.query({
    ...{ collection_name: MARKS, expr: "id >= 0", output_fields: ["id"], limit: 16_000 },
    consistency_level: ConsistencyLevelEnum.Strong,
  });
  await client.closeConnection();
  const found = new Set(data.map(({ id }) => Number(id)));
  const before = marks.filter((m) => m.acknowledged !== undefined && m.acknowledged < Date.parse(from));
  const after = marks.filter((m) => m.begun > Date.parse(to));
  expect(before.length).toBeGreaterThan(20);
  expect(after.length).toBeGreaterThan(10);
  expect(before.filter(({ id }) => !found.has(id))).toEqual([]);
  expect(after.filter(({ id }) => found.has(id))).toEqual([]);
}

async function filmsAreBack(): Promise<void> {
  const films = await Films.at(endpoint, password, DIM);
  expect(await films.count("films")).toBe(ROWS);
  const step = Math.floor(ROWS / SAMPLES);
  const sampled = Array.from({ length: SAMPLES }, (_, i) => i * step);
  expect(await films.damaged("films", sampled)).toEqual([]);
  expect(await films.nearest("films")).toEqual(nearest);
  await films.close();
}
