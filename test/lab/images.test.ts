/** What Milvus stands on, and the daemon, get other images, one after the other and under clients. In order, on one lab; long alone. */
import { readFileSync } from "node:fs";
import { Lab } from "../../lab";
import type { Job } from "../../lib/api/wire";
import type { Images } from "../../lib/spec/spec";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { anotherImage } from "../support/another-image";
import { expectDoneAsShown, restarted, startedAt } from "../support/changes";
import { Deployment } from "../support/deployment";
import { eventually } from "../support/eventually";
import { long, onlyLong } from "../support/long";
import { onPeer, rootPassword, statusOf } from "../support/peers";
import { Probe } from "../support/probe";

jest.setTimeout(20 * 60_000);

const { describe: rarely } = onlyLong("each image that is exchanged takes a minute or more");
const PEERS = [1, 2, 3];

let centre: DataCentre;
let deployment: Deployment;
/** As the program has them by now. */
let images: Partial<Images>;

beforeAll(async () => {
  if (!long) return;
  await Lab.remove("images"); // what a killed run may have left
  centre = await dataCentre({ name: "images" });
  ({ images } = JSON.parse(readFileSync(centre.inventory, "utf8")) as { images: Partial<Images> });
  deployment = Deployment.create("images", centre);
  await deployment.synth();
  expect((await deployment.apply()).output).toContain("Apply complete!");
});

afterAll(async () => {
  if (long) await (await Lab.attach("images")).down();
});

const started = (): Promise<Record<string, string>> => startedAt(centre.lab, PEERS);

/** The program has another image than the one that runs from now on. */
async function exchanged(name: keyof Images, runs: string): Promise<void> {
  images = { ...images, [name]: await anotherImage(centre.lab, runs) };
  await deployment.synth({ cluster: { images } });
}

rarely("another image", () => {
  test.each<[keyof Images & string]>([["nginx"], ["etcd"], ["minio"], ["pulsar"]])(
    "of %s is exchanged as the plan shows it, with nothing else, and nothing acknowledged is lost",
    async (service) => {
      const before = await started();
      const endpoints = centre.lab.vms.map((vm) => `${vm.address}:19537`);
      const password = await rootPassword(deployment);
      const clients = await Probe.start({
        ...{ endpoints, username: "root", password, collection: `under_${service}`, replicas: 2 },
      });
      await clients.settled(20, 120_000);
      await exchanged(service, `milvus-${service}`);
      const { output } = await deployment.apply();
      expect(output).toContain("Apply complete!");
      await clients.settled(20, 240_000);
      console.log(`${service}: ${clients.noticed()}`);
      expect(await clients.stop()).toEqual([]);
      expect(restarted(before, await started())).toEqual([service]);
      await expectDoneAsShown(centre.lab, deployment);
    },
  );

  test("of the daemon touches no other container, and a job that is under way ends well", async () => {
    const before = await started();
    await exchanged("daemon", "milvus-onprem");
    const text = await onPeer(
      centre.lab,
      1,
      "milvus-onprem create-backup --name meanwhile --detach --output json",
    );
    const { id } = JSON.parse(text) as Job;
    expect((await deployment.apply()).output).toContain("Apply complete!");
    for (const n of PEERS)
      expect(await onPeer(centre.lab, n, "docker inspect -f '{{.Config.Image}}' milvus-onprem")).toBe(
        images.daemon,
      );
    await eventually("the job has ended well", 120_000, async () => {
      const job = await onPeer(centre.lab, 3, `milvus-onprem jobs show ${id} --output json`);
      return (JSON.parse(job) as Job).state === "succeeded";
    });
    expect(restarted(before, await started())).toEqual([]);
    expect((await statusOf(centre.lab, centre.lab.vm(2))).health).toBe("ok");
    expect((await deployment.plan("-detailed-exitcode")).code).toBe(0);
  });
});
