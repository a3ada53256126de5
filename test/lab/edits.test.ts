/**
 * Each kind of change as its user makes it: an edit of the example three-peers, `cdktf diff`, the review of that, `cdktf deploy`. The
 * steps that were shown are the ones that are done, and then there is nothing to do. In order, on one lab; npm run test:long alone.
 */
import { Lab } from "../../lab";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { anotherImage } from "../support/another-image";
import { changes, lastChange, restarted, startedAt } from "../support/changes";
import { eventually } from "../support/eventually";
import { addToInventory, ENDING, Example } from "../support/example";
import { onlyLong } from "../support/long";
import { onPeer, statusOf } from "../support/peers";

jest.setTimeout(20 * 60_000);

const { describe: rarely } = onlyLong("every kind of change, one after the other, takes half an hour");

const MILVUS = ["coord", "datanode", "indexnode", "proxy", "querynode"];
const SETTINGS = "...settings }";

interface Edit {
  readonly what: string;
  /** Texts of the program, and what they are replaced by. */
  readonly edits: readonly (readonly [from: string, to: string])[];
  /** One of the steps. */
  readonly step: RegExp;
  /** Services of which containers start anew on the peers that stay. */
  readonly restarts: readonly string[];
  /** What happens to VMs before. */
  readonly before?: () => Promise<unknown>;
}

/** A further property of the cluster. */
const property = (text: string): Edit["edits"] => [[SETTINGS, `${text}, ${SETTINGS}`]];

const EDITS: readonly Edit[] = [
  {
    what: "a rolling upgrade of Milvus",
    edits: [["v2.3.4", "v2.3.5"]],
    step: /^restart coord on peer-1, peer-2, peer-3, one at a time, standbys first/,
    restarts: MILVUS,
  },
  {
    what: "a setting of Milvus",
    edits: property('config: { "queryNode.stats.publishInterval": 2000 }'),
    step: /^restart querynode on .*queryNode\.stats\.publishInterval/,
    restarts: ["querynode"],
  },
  {
    what: "a limit of a component",
    edits: property("resources: { index: { cpus: 1.5 } }"),
    step: /^restart indexnode on /,
    restarts: ["indexnode"],
  },
  {
    what: "whom load balancers prefer",
    edits: property('loadBalancing: "spread"'),
    step: /^write nginx\.conf on .*have nginx read its own again/,
    restarts: [],
  },
  {
    what: "backups by a schedule",
    edits: property('backups: { schedule: "30 2 * * *", keep: { last: 3 } }'),
    step: /^record the new spec/,
    restarts: [],
  },
  {
    what: "an exchange of passwords",
    edits: property("secretsGeneration: 2"),
    step: /^give Milvus' root its new password/,
    restarts: [...MILVUS, "minio"],
  },
  {
    what: "another image of etcd",
    edits: [[SETTINGS, '...settings, images: { ...settings.images, etcd: "ANOTHER" } }']],
    step: /^restart etcd on .*its leader last/,
    restarts: ["etcd"],
    before: async () => example.edit('"ANOTHER"', JSON.stringify(await anotherImage(lab, "milvus-etcd"))),
  },
  {
    what: "other ports",
    edits: [["{ version", "{ ports: { milvus: 19540, minio: 9005 }, version"]],
    step: /^move ports \(.*milvus: 19530 → 19540/,
    restarts: ["coord", "minio", "proxy"],
  },
  {
    what: "Pulsar's move to another peer",
    edits: [["{ host: second }", "{ host: first }"]],
    step: /^move Pulsar from peer-2 to peer-1/,
    restarts: ["pulsar"],
  },
  {
    what: "a peer more",
    edits: [
      ["[vm1, vm2, vm3] = vms(3)", "[vm1, vm2, vm3, vm4] = vms(4)"],
      ["new MinioWidePool", 'const fourth = new Peer(cluster, "peer-4", vm4);\nnew MinioWidePool'],
    ],
    step: /^add peer-4 to etcd/,
    restarts: [],
  },
  {
    what: "a second pool on it and on one more peer",
    edits: [
      ["vm4] = vms(4)", "vm4, vm5] = vms(5)"],
      [
        "new PulsarSingleton",
        'const fifth = new Peer(cluster, "peer-5", { ...vm5, roles: [] });\n' +
          'new MinioWidePool(cluster, "more", { peers: [fourth, fifth], drivesPerPeer: 4 });\nnew PulsarSingleton',
      ],
    ],
    step: /^restart minio on .*all at once/,
    restarts: ["minio"],
  },
  {
    what: "that pool's end",
    edits: [['new MinioWidePool(cluster, "more", { peers: [fourth, fifth], drivesPerPeer: 4 });\n', ""]],
    step: /^empty MinIO pool 2/,
    restarts: ["minio"],
  },
  {
    what: "two peers fewer",
    edits: [
      ["vm4, vm5] = vms(5)", "vm4] = vms(4)"],
      ['const fifth = new Peer(cluster, "peer-5", { ...vm5, roles: [] });\n', ""],
      ['const fourth = new Peer(cluster, "peer-4", vm4);\n', ""],
    ],
    step: /^take peer-4 out of etcd/,
    restarts: [],
  },
  {
    what: "another VM in the place of a dead one",
    edits: [['"peer-3", vm3', '"peer-3", vm4']],
    step: /^take peer-3 at [\d.]+ out of etcd/,
    restarts: ["minio"],
    before: async () => {
      await onPeer(lab, 4, "find /var/lib/milvus-onprem -mindepth 1 -delete");
      await lab.kill(lab.vm(3));
    },
  },
];

let centre: DataCentre;
let lab: Lab;
let example: Example;

const started = (): Promise<Record<string, string>> => startedAt(lab, [1, 2]);

rarely("the example three-peers", () => {
  beforeAll(async () => {
    await Lab.remove("edits"); // what a killed run may have left
    centre = await dataCentre({ name: "edits", vms: 5 });
    ({ lab } = centre);
    addToInventory(centre, ENDING);
    example = Example.copy("three-peers", "edits", centre.env);
    example.edit("v2.3.5", "v2.3.4");
    expect((await example.deploy()).output).toMatch(/smoke test passed/);
  });

  afterAll(() => lab.down());

  test.each(EDITS)("$what: shown, reviewed, done", async ({ edits, step, restarts, before }) => {
    for (const [from, to] of edits) example.edit(from, to);
    await before?.();
    const reviewed = await example.shownSteps();
    expect(reviewed).toContainEqual(expect.stringMatching(step));
    const count = (await changes(lab)).length;
    const running = await started();
    const from = Date.now();
    const { code, output } = await example.deploy();
    expect(output).toMatch(/smoke test passed/);
    expect(code).toBe(0);
    const { state, steps } = await lastChange(lab);
    console.log(`${Math.round((Date.now() - from) / 1000)} s:\n${reviewed.join("\n")}`);
    expect([state, steps.map(({ title }) => title)]).toEqual(["succeeded", reviewed]);
    expect(await changes(lab)).toHaveLength(count + 1);
    expect(restarted(running, await started())).toEqual([...restarts].sort());
    await eventually("all is well", 240_000, async () => (await statusOf(lab, lab.vm(1))).health === "ok");
    expect((await example.plan()).output).toContain("No changes.");
  });

  test("is destroyed with nothing left of it", async () => {
    const { code, output } = await example.destroy();
    expect(output).toContain("Destroy complete!");
    expect(code).toBe(0);
    for (const n of [1, 2, 4, 5]) expect(await onPeer(lab, n, "docker ps -aq | wc -l")).toBe("0");
  });
});
