/**
 * The erasure maths against real MinIO on VMs of which some stand still. What was seen is printed, and written to
 * .cache/erasure.json.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Lab } from "../../lab";
import type { ClusterSecrets } from "../../lib/spec/secrets";
import { poolFacts } from "../../lib/spec/storage-facts";
import { ROOT } from "../../tools/exec";
import { outagesOf, predict, specOf, titleOf, type Layout } from "../support/erasure-layout";
import { ErasureTrial, type Backend } from "../support/erasure-trial";
import { long, onlyLong } from "../support/long";
import { MinioFleet } from "../support/minio-fleet";
import { outages } from "../support/outages";

jest.setTimeout(25 * 60_000);

const wide = (peers: number, drives: number, parity?: number): Layout => ({
  pools: [[peers, drives]],
  parity,
});

/** Those of a batch run side by side, so that they share the time that MinIO needs to notice. */
const QUICK: Layout[] = [wide(2, 4), wide(3, 1), wide(3, 4), wide(4, 2)];
// prettier-ignore
const LONG: Layout[][] = [
  [wide(2, 1), wide(4, 1), wide(5, 1), wide(2, 2), wide(3, 2), wide(5, 2), wide(4, 4), wide(5, 4)],
  [wide(3, 4, 2), wide(3, 4, 6), wide(3, 5), { pools: [[3, 4], [2, 4]] }, { pools: [[3, 1], [1, 2]] }],
];
const { describe: rarely } = onlyLong("pausing VMs and waiting until MinIO notices takes minutes");

const SECRETS = { minioRootUser: "root-of-minio", minioRootPassword: "root/secret+5b1f" } as ClusterSecrets;

let lab: Lab;
let fleet: MinioFleet;
const table: object[] = [];

beforeAll(async () => {
  if (!long) return;
  await Lab.remove("erasure"); // what a killed run may have left
  lab = await Lab.up({ name: "erasure", vms: 5 });
  fleet = await MinioFleet.on(lab, SECRETS);
});

afterAll(async () => {
  if (!long) return;
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  writeFileSync(join(ROOT, ".cache/erasure.json"), JSON.stringify(table, null, 2));
  await lab?.down();
});

rarely.each([QUICK, ...LONG].map((batch) => [batch.map(titleOf).join(", "), batch] as const))(
  "%s",
  (_, batch) => {
    const trials: ErasureTrial[] = [];
    const backends: Backend[] = [];

    beforeAll(async () => {
      const at = { addresses: lab.vms.map(({ address }) => address), registry: lab.registry };
      const specs = batch.map((layout, i) => specOf(layout, i, at));
      const root = { accessKey: SECRETS.minioRootUser, secretKey: SECRETS.minioRootPassword };
      trials.push(...specs.map((spec) => new ErasureTrial(spec, fleet.http, root)));
      await fleet.start(specs);
      await inParallel((trial) => trial.whole());
      await inParallel((trial) => trial.fill());
      backends.push(...(await Promise.all(trials.map((trial) => trial.backend()))));
      await outages(lab, specs.flatMap(outagesOf), {
        during: (down) =>
          inParallel(async (t) => {
            if (t.meets(down)) await t.observe(predict(t.spec, down));
          }),
        between: () => inParallel((trial) => trial.whole()),
      });
    });

    afterAll(() => fleet.remove(trials.map(({ spec }) => spec)));

    const inParallel = async (work: (trial: ErasureTrial) => Promise<void>): Promise<void> => {
      await Promise.all(trials.map(work));
    };

    test.each(batch.map((layout, i) => [titleOf(layout), i] as const))("%s", (title, i) => {
      const { spec, seen } = trials[i]!;
      const facts = poolFacts(spec, spec.storage);
      table.push({ layout: title, facts, seen });
      expect(backends[i]).toMatchObject({
        standardSCParity: facts[0]!.parity,
        totalSets: facts.map((f) => f.sets),
        totalDrivesPerSet: facts.map((f) => f.setSize),
      });
      expect(seen).toEqual(outagesOf(spec).map((down) => predict(spec, down)));
    });
  },
);
