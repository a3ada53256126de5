/** A cluster whose etcd is full, or has lost its majority for good, and gets out of that by a rescue command. In order, on one lab; long alone. */
import { Lab } from "../../lab";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { Deployment } from "../support/deployment";
import { eventually } from "../support/eventually";
import { Films } from "../support/films";
import { onlyLong } from "../support/long";
import { alertsOn, etcdMembers, onPeer, rootPassword, statusOf } from "../support/peers";

jest.setTimeout(20 * 60_000);

const { describe: rarely } = onlyLong(
  "a cluster of its own that fills etcd, and loses its majority twice, takes minutes",
);

const ROWS = 20_000;
const PEERS = [1, 2, 3];
const ETCD = "/var/lib/milvus-onprem/etcd";
/** The least that can be asked for, so it is full soon. */
const QUOTA_MB = 64;

let centre: DataCentre;
let lab: Lab;
let deployment: Deployment;
let films: Films;
let nearest: string[];

rarely("a cluster whose etcd does not get out of it by itself", () => {
  beforeAll(async () => {
    await Lab.remove("rescue"); // what a killed run may have left
    centre = await dataCentre({ name: "rescue" });
    ({ lab } = centre);
    deployment = Deployment.create("rescue", centre);
    await deployment.synth({ cluster: { etcdQuotaMb: QUOTA_MB } });
    expect((await deployment.apply()).output).toContain("Apply complete!");
    films = await Films.at(`${lab.vm(1).address}:19537`, await rootPassword(deployment));
    await films.make("films", ROWS);
    nearest = await films.nearest("films");
    await onPeer(lab, 1, "milvus-onprem create-backup --name before");
  });

  afterAll(async () => {
    await films?.close();
    await lab.down();
  });

  const etcdStarted = (): Promise<string[]> =>
    Promise.all(PEERS.map((n) => onPeer(lab, n, "docker inspect -f '{{.State.StartedAt}}' milvus-etcd")));

  /** Nothing of Milvus' and nothing of the control plane's is missing, and Terraform has nothing to do. */
  async function whole(): Promise<void> {
    await eventually("all is well", 300_000, async () => (await statusOf(lab, lab.vm(1))).health === "ok");
    expect(await etcdMembers(lab)).toEqual(["peer-1", "peer-2", "peer-3"]);
    await films.reload("films");
    expect(await films.count("films")).toBe(ROWS);
    expect(await films.nearest("films")).toEqual(nearest);
    for (const n of PEERS) await onPeer(lab, n, "milvus-onprem smoke");
    expect(await onPeer(lab, 3, "milvus-onprem jobs list --type create-backup")).toContain("succeeded");
    expect((await deployment.plan("-detailed-exitcode")).output).toContain("No changes.");
  }

  test("that is full is told of and left running, and Milvus goes on once there is room", async () => {
    await expect(onPeer(lab, 1, "milvus-onprem rescue nospace --yes")).rejects.toThrow(/has room/);
    const started = await etcdStarted();
    const put = "head -c 1000000 /dev/zero | tr '\\0' x | docker exec -i milvus-etcd etcdctl put /filling";
    await expect(onPeer(lab, 1, `for i in $(seq ${2 * QUOTA_MB}); do ${put} || exit; done`)).rejects.toThrow(
      /database space exceeded/,
    );
    await expect(onPeer(lab, 3, "milvus-onprem create-backup --name full")).rejects.toThrow(
      /at its quota \(alarm NOSPACE\).*milvus-onprem rescue nospace/s,
    );
    await eventually("Milvus stands still", 60_000, () =>
      films.nearest("films").then(
        () => false,
        () => true,
      ),
    );
    for (const n of PEERS)
      await eventually(`peer-${n} tells of it`, 120_000, async () => {
        return (await alertsOn(lab, n, "ETCD_FULL_ALERT")).length === 1;
      });
    expect(await etcdStarted()).toEqual(started);

    expect(await onPeer(lab, 2, "milvus-onprem rescue nospace --yes 2>&1")).toContain("etcd takes writes");
    await onPeer(lab, 1, "docker exec milvus-etcd etcdctl del /filling");
    await whole();
    expect(await etcdStarted()).toEqual(started);
    for (const n of PEERS) expect(await alertsOn(lab, n, "ETCD_ROOM_ALERT")).toHaveLength(1);
  });

  test("is not given another majority while it has one", async () => {
    await expect(onPeer(lab, 1, "milvus-onprem rescue etcd-quorum --yes")).rejects.toThrow(
      /etcd has a majority/,
    );
  });

  test("has it again, with every row, where two members had lost their data", async () => {
    await Promise.all([2, 3].map((n) => onPeer(lab, n, `docker stop milvus-etcd && rm -rf ${ETCD}/member`)));
    expect(await onPeer(lab, 2, "milvus-onprem rescue etcd-quorum --yes 2>&1")).toContain(
      "the data of peer-1",
    );
    await whole();
  });

  test("goes on with the one VM that is left, and takes the others back when they return", async () => {
    for (const n of [2, 3]) await lab.kill(lab.vm(n));
    await onPeer(lab, 1, "milvus-onprem rescue etcd-quorum --without peer-2,peer-3 --yes");
    expect(await etcdMembers(lab)).toEqual(["peer-1"]);
    // One after the other, each stopped: together they would be a majority of the old etcd.
    for (const n of [2, 3]) {
      await lab.start(lab.vm(n));
      await onPeer(lab, n, "docker stop milvus-etcd");
    }
    await eventually("their daemons answer", 120_000, async () => {
      return (await statusOf(lab, lab.vm(1))).peers.every(({ reachable }) => reachable);
    });
    await onPeer(lab, 1, "milvus-onprem rescue etcd-quorum --rejoin --yes");
    await whole();
  });
});
