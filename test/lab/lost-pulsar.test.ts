/** The VM of Pulsar's host is gone for good, with its disk: Pulsar begins empty on another peer. The tests build on each other in order. */
import { Lab } from "../../lab";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { expectDoneAsShown } from "../support/changes";
import { Deployment } from "../support/deployment";
import { eventually } from "../support/eventually";
import { KeptRows, range } from "../support/kept-rows";
import { long, onlyLong } from "../support/long";
import { onPeer, statusOf } from "../support/peers";

jest.setTimeout(20 * 60_000);

const { describe: rarely } = onlyLong("a cluster of its own that loses a VM takes minutes");
const ROWS = 3_000;

let centre: DataCentre;
let deployment: Deployment;
let rows: KeptRows;

beforeAll(async () => {
  if (!long) return;
  await Lab.remove("lost-pulsar"); // what a killed run may have left
  centre = await dataCentre({ name: "lost-pulsar", vms: 3 });
  deployment = Deployment.create("lost-pulsar", centre);
  await deployment.synth();
  rows = new KeptRows(centre.lab, deployment);
  expect((await deployment.apply()).output).toContain("Apply complete!");
});

afterAll(async () => {
  if (long) await (await Lab.attach("lost-pulsar")).down();
});

rarely("a host of Pulsar that is lost for good", () => {
  test("takes along what was not flushed, as the plan says, and nothing that was", async () => {
    await rows.create(1);
    await rows.insert(1, 0, ROWS);
    await rows.flush(1);
    await rows.insert(1, ROWS, 100);
    expect(await rows.found(3, "id >= 0")).toHaveLength(ROWS + 100);
  });

  test("is not moved off without a word for the loss", async () => {
    const { lab } = centre;
    await lab.kill(lab.vm(2));
    await deployment.synth({ pulsarVm: 3 });
    const { code, output } = await deployment.apply();
    expect(code).toBe(1);
    expect(output.replace(/\s*[│|]?\s+/g, " ")).toContain(
      'if its VM is lost for good: queue.pulsarSingleton.lostHost: "peer-2"',
    );
  });

  test("is given up by one, in the change in which another VM takes its place", async () => {
    const { lab } = centre;
    await lab.wipe(lab.vm(2));
    const fresh = lab.vm(2);
    await deployment.synth({ pulsarVm: 3, lostPulsarHost: "peer-2" });
    const resources = (await deployment.must("state", "list")).split("\n");
    const replace = `-replace=${resources.find((address) => /milvus_peer.*peer-2/.test(address))!}`;
    const plan = await deployment.plan(replace);
    const said = plan.output.replace(/\s*[│|]?\s+/g, " ");
    expect(said).toContain("begin Pulsar empty on peer-3, in place of the lost peer-2");
    expect(said).toContain("acknowledged and are not yet flushed to the object store are lost");
    const from = Date.now();
    const { code, output } = await deployment.apply(replace);
    console.log(`replaced ${fresh.address} in ${Math.round((Date.now() - from) / 1000)} s`);
    expect(output).toContain("Apply complete!");
    expect(code).toBe(0);
    await expectDoneAsShown(lab, deployment);
  });

  test("leaves all flushed rows, and new ones are written and found, on old collections and on new ones", async () => {
    await eventually(
      "all flushed rows are found",
      120_000,
      async () => (await rows.found(1, `id < ${ROWS}`)).length === ROWS,
      2_000,
    );
    for (const vm of [1, 2, 3]) {
      await rows.insert(vm, 10_000 + vm * 100, 100);
      expect(await rows.found(vm, "id >= 10000")).toEqual(range(10_100, vm * 100));
    }
    await rows.flush(2);
    expect(await rows.found(3, `id < ${ROWS} or id >= 10000`)).toEqual([
      ...range(0, ROWS),
      ...range(10_100, 300),
    ]);
    for (const n of [1, 2, 3]) await onPeer(centre.lab, n, "milvus-onprem smoke");
    const { health } = await statusOf(centre.lab, centre.lab.vm(1));
    expect(health).toBe("ok");
  });
});
