/**
 * Every example but three-peers (cluster.test.ts), deployed by `cdktf deploy` as its reader would: formed, smoked, planned again to
 * no change, two of them changed by an edit in the long run, destroyed. Milvus 2.6 is the lab's stand-in.
 */
import { Lab } from "../../lab";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { lastChange, restarted, startedAt } from "../support/changes";
import { eventually } from "../support/eventually";
import { addToInventory, ENDING, Example } from "../support/example";
import { long } from "../support/long";
import { outsideMinio, type OutsideMinio } from "../support/outside-minio";
import { onPeer, statusOf } from "../support/peers";

jest.setTimeout(15 * 60_000);

if (!long)
  console.log(
    "skipped: host pools, an edit of external-s3, and an upgrade of the stand-in for Milvus 2.6, take minutes; npm run test:long runs them",
  );

let centre: DataCentre;
let outside: OutsideMinio;

beforeAll(async () => {
  await Lab.remove("layouts"); // what a killed run may have left
  centre = await dataCentre({ name: "layouts", vms: 4 });
  outside = await outsideMinio(centre.lab, centre.lab.vm(4));
  const { endpoint, caPem } = outside;
  addToInventory(centre, { ...ENDING, s3: { endpoint, bucket: "vectors", caPem } });
});

afterAll(async () => {
  await (await Lab.attach("layouts")).down();
});

interface Layout {
  readonly example: string;
  /** Lines of `resilience` that tell this layout from others. */
  readonly survives: RegExp;
  /** Containers on the first peer. */
  readonly services: string[];
  /** Text of the program, what it is replaced by, and the containers that this starts anew. */
  readonly edit?: {
    readonly from: string;
    readonly to: string;
    readonly restarts: string[];
    /** Lines of the job's log. */
    readonly told?: string[];
  };
}

const BASE = ["etcd", "nginx"];
const ROLES = ["coord", "proxy", "querynode", "datanode"];

const UPGRADE: Layout["edit"] = {
  ...{ from: "v2.6.11", to: "v2.6.12", restarts: [...ROLES, "streamingnode"].sort() },
  told: ["peer-1", "peer-2", "peer-3"].map((peer) => `${peer}: querynode: others serve what it did`),
};

const SPREAD: Layout["edit"] = {
  from: "...settings });",
  to: '...settings, loadBalancing: "spread", config: { "queryNode.stats.publishInterval": 2000 } });',
  restarts: ["querynode"],
};

const HOST_POOLS: Layout = {
  example: "host-pools",
  survives: /a pool without its quorum stops them all; together they survive the loss of 0 peers/,
  services: [...BASE, ...ROLES, "indexnode", "minio", "pulsar"],
};

const layouts: Layout[] = [
  ...(long ? [HOST_POOLS] : []),
  {
    example: "external-s3",
    survives: /bucket vectors at [\d.]+, outside the cluster/,
    services: [...BASE, ...ROLES, "indexnode", "pulsar"],
    edit: long ? SPREAD : undefined,
  },
  {
    example: "standalone",
    survives: /rocksmq: Milvus' log is on the one peer's disk/,
    services: [...BASE, "standalone", "minio"],
  },
  {
    example: "woodpecker",
    survives: /Woodpecker: Milvus' log is in the object store/,
    services: [...BASE, ...ROLES, "streamingnode", "minio"],
    edit: long ? UPGRADE : undefined,
  },
];

describe.each(layouts)("$example", ({ example: name, survives, services, edit }) => {
  let example: Example;

  beforeAll(() => {
    example = Example.copy(name, "layouts", {
      ...centre.env,
      TF_VAR_s3AccessKey: outside.accessKey,
      TF_VAR_s3SecretKey: outside.secretKey,
    });
  });

  test("is formed and smoked by cdktf deploy", async () => {
    const { code, output } = await example.deploy();
    expect(output).toMatch(/smoke test passed/);
    expect(code).toBe(0);
  });

  test("shows no change when it is planned again", async () => {
    const { code, output } = await example.plan();
    expect(output).toContain("No changes.");
    expect(code).toBe(0);
  });

  test("says of itself what it survives, and runs what it should", async () => {
    await eventually("all is well", 90_000, async () => (await status()).health === "ok");
    const { resilience, peers } = await status();
    expect(resilience.join("\n")).toMatch(survives);
    expect(peers[0]!.components.map((c) => c.name).sort()).toEqual([...services].sort());
  });

  if (edit) describe("its program", () => isChanged(() => example, edit));

  test("leaves nothing behind when it is destroyed with its data", async () => {
    const { code, output } = await example.destroy();
    expect(output).toContain("Destroy complete!");
    expect(code).toBe(0);
    const data = "cd /var/lib/milvus-onprem && ls -d etcd minio milvus pulsar 2>/dev/null | wc -l";
    expect(await onPeer(centre.lab, 1, `docker ps -aq | wc -l; ${data}`)).toBe("0\n0");
  });
});

/** What `cdktf diff` shows, what the review tells a reader, and what the leader has done are the same steps. */
function isChanged(
  example: () => Example,
  { from, to, restarts, told = [] }: NonNullable<Layout["edit"]>,
): void {
  let reviewed: string[];

  test("is edited, and the review tells the steps that cdktf diff shows", async () => {
    example().edit(from, to);
    reviewed = await example().shownSteps();
    expect(reviewed.length).toBeGreaterThan(3);
  });

  test("is deployed by just these steps, and then there is nothing to do", async () => {
    const before = await startedAt(centre.lab, [1, 2, 3]);
    const { code, output } = await example().deploy();
    expect(output).toMatch(/smoke test passed/);
    expect(code).toBe(0);
    const { id, state, steps } = await lastChange(centre.lab);
    expect([state, steps.map(({ title }) => title)]).toEqual(["succeeded", reviewed]);
    expect(restarted(before, await startedAt(centre.lab, [1, 2, 3]))).toEqual(restarts);
    const log = await onPeer(centre.lab, 1, `milvus-onprem jobs logs ${id}`);
    for (const line of told) expect(log).toContain(line);
    expect((await example().plan()).output).toContain("No changes.");
  });
}

const status = (): ReturnType<typeof statusOf> => statusOf(centre.lab, centre.lab.vm(1));
