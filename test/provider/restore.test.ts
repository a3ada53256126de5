/** A cluster that is formed from a backup: what a plan says of it, and what becomes of it when something is amiss. */
import type { BackupSummary } from "../../lib/api/wire";
import { FakeCluster } from "./support/fake-cluster";
import { milvusWorkspace } from "./support/milvus";
import { unboxed, type Workspace } from "./support/workspace";

jest.setTimeout(180_000);

const OUTSIDE = {
  backups: '{ target = { s3 = { endpoint = "https://s3.example", bucket = "backups" } } }',
  ...{ backup_access_key: '"key"', backup_secret_key: '"backup-secret-81f2"' },
};
const FROM = { ...OUTSIDE, restore_from: '{ backup = "latest" }' };
const backup = (name: string, state: BackupSummary["state"] = "complete"): BackupSummary => ({
  ...{ name, state, bytes: 1 },
});

let fake: FakeCluster;
let workspace: Workspace;

async function begin(more: Record<string, string>, backups: BackupSummary[]): Promise<void> {
  fake = await FakeCluster.start();
  fake.backups = backups;
  workspace = await milvusWorkspace(fake.hcl(more));
}
afterEach(async () => {
  workspace.remove();
  await fake.stop();
});

const restored = (): unknown[] => fake.restorations.map(({ params }) => params);

test("the plan says what is restored; it is once the cluster is formed; the next plan is empty, with and without the word", async () => {
  await begin(FROM, [backup("half", "unfinished"), backup("new"), backup("old")]);
  const planned = await workspace.plan();
  expect(planned.output).toContain(
    '+ "restore the newest backup of backups/vectors at s3.example:443: every collection of it',
  );
  expect((await workspace.apply()).output).toContain("1 added");
  expect(restored()).toEqual([{ name: "new", keepExisting: true }]);
  expect((await workspace.plan()).output).toContain("No changes");
  workspace.configure(fake.hcl(OUTSIDE));
  expect((await workspace.apply()).code).toBe(0);
  expect((await workspace.plan()).output).toContain("No changes");
  expect(restored()).toHaveLength(1);
});

test("one that stops is gone on with by the next apply: the same backup, although a newer one is there by then", async () => {
  await begin(FROM, [backup("old")]);
  fake.restoreFailures.push("default/books: Milvus does not answer");
  const failed = await workspace.apply();
  expect(failed.code).toBe(1);
  expect(unboxed(failed.output)).toContain("The restoration was stopped (job restore-1)");
  expect(unboxed(failed.output)).toContain("default/books: Milvus does not answer");
  fake.backups = [backup("new"), backup("old")];
  expect((await workspace.apply()).output).toContain("1 added");
  const one = { name: "old", keepExisting: true };
  expect(restored()).toEqual([one, one]);
  expect((await workspace.plan()).output).toContain("No changes");
});

test("what somebody has tried by hand meanwhile is not taken for it, and another name is another backup", async () => {
  await begin({ ...FROM, restore_from: '{ backup = "bad" }' }, [backup("good"), backup("bad")]);
  fake.restoreFailures.push("data/default/books/000001.parquet is not what was written");
  expect((await workspace.apply()).code).toBe(1);
  const tried = { name: "good", keepExisting: true };
  for (const params of [
    { ...tried, dryRun: true },
    { ...tried, collections: ["a"] },
    { ...tried, load: false },
  ])
    fake.restorations.push({ ...fake.restorations[0]!, params, state: "succeeded" });
  workspace.configure(fake.hcl({ ...FROM, restore_from: '{ backup = "good" }' }));
  expect((await workspace.apply()).output).toContain("1 added");
  expect(restored()).toHaveLength(5);
  expect(restored().at(-1)).toEqual(tried);
});

test("a name that another resource tells is restored by it", async () => {
  await begin(OUTSIDE, [backup("march")]);
  workspace.configure(`${fake.hcl({ ...OUTSIDE, restore_from: "{ backup = terraform_data.name.output }" })}
    resource "terraform_data" "name" {
      input = "march"
    }`);
  expect((await workspace.apply()).output).toContain("2 added");
  expect(restored()).toEqual([{ name: "march", keepExisting: true }]);
  expect((await workspace.plan()).output).toContain("No changes");
});

test("one that is not there is told before anything is formed, once for all peers, and a correction goes through", async () => {
  await begin({ ...FROM, restore_from: '{ backup = "march" }' }, [backup("april")]);
  fake.formRefusal = 'the target has no finished backup "march", and nothing was begun; it has: april';
  const { code, output } = await workspace.apply();
  expect(code).toBe(1);
  expect(unboxed(output).match(/it has: april/g)).toHaveLength(1);
  expect(unboxed(output)).toMatch(/peer-1, peer-2, peer-3 did not accept the cluster's spec/);
  expect(fake.peers.map(({ lastForm, state }) => [lastForm?.restoreFrom, state])).toEqual(
    Array(3).fill(["march", "unjoined"]),
  );
  fake.formRefusal = undefined;
  workspace.configure(fake.hcl({ ...FROM, restore_from: '{ backup = "april" }' }));
  expect((await workspace.apply()).output).toContain("1 added");
  expect(restored()).toEqual([{ name: "april", keepExisting: true }]);
});

test("a name that is gone by then is told with those that are", async () => {
  await begin({ ...FROM, restore_from: '{ backup = "march" }' }, [backup("april"), backup("bad", "damaged")]);
  const { code, output } = await workspace.apply();
  expect(code).toBe(1);
  expect(unboxed(output)).toMatch(/has no finished backup "march"\.\s+It has: april\./);
  expect(restored()).toEqual([]);
});

test.each([
  ["without a target outside", { restore_from: '{ backup = "latest" }' }, /which is empty when it is formed/],
  [
    "by a name that can be none",
    { ...OUTSIDE, restore_from: '{ backup = "../x" }' },
    /"\.\.\/x" is not the name of a backup/,
  ],
])("%s it is refused while planning", async (_, more, message) => {
  await begin(more, []);
  const { code, output } = await workspace.plan();
  expect(code).toBe(1);
  expect(unboxed(output).replace(/\s+/g, " ")).toMatch(message);
});
