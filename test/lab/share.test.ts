/** Backups on a share that is mounted on every VM. The tests build on each other in order. */
import { Lab } from "../../lab";
import { docker } from "../../lab/run";
import { SHARE } from "../../lab/vm";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { Deployment } from "../support/deployment";
import { Films } from "../support/films";
import { long, onlyLong } from "../support/long";
import { onPeer, rootPassword } from "../support/peers";

jest.setTimeout(20 * 60_000);

const { describe: rarely } = onlyLong("a cluster of its own takes minutes");
const DIRECTORY = "/mnt/backups";
const ROWS = 20_000;
const PEERS = [1, 2, 3];

let centre: DataCentre;
let deployment: Deployment;

const inVm = (vm: number, ...command: string[]): Promise<string> =>
  docker("exec", centre.lab.vm(vm).container, ...command);
const mount = (vm: number): Promise<string> => inVm(vm, "mount", "--bind", SHARE, DIRECTORY);
const said = (output: string): string => output.replace(/\s*[│|]?\s+/g, " ");

beforeAll(async () => {
  if (!long) return;
  await Lab.remove("share"); // what a killed run may have left
  centre = await dataCentre({ name: "share", vms: 3 });
  deployment = Deployment.create("share", centre);
  // As systemd has it on a machine of its own.
  for (const vm of PEERS) await inVm(vm, "mount", "--make-rshared", "/");
  for (const vm of PEERS) await inVm(vm, "mkdir", "--parents", DIRECTORY);
});

afterAll(async () => {
  if (long) await (await Lab.attach("share")).down();
});

rarely("a share as the target of backups", () => {
  test("is refused before anything is formed while one peer has not mounted it, or another one", async () => {
    for (const vm of [1, 2]) await mount(vm);
    await deployment.synth({ cluster: { backups: { target: { directory: DIRECTORY } } } });
    const unmounted = await deployment.apply();
    expect(unmounted.code).toBe(1);
    expect(said(unmounted.output)).toContain(`nothing is mounted at ${DIRECTORY}`);
    await inVm(3, "mount", "-t", "tmpfs", "other", DIRECTORY);
    const other = await deployment.apply();
    expect(other.code).toBe(1);
    expect(said(other.output)).toContain("mount one and the same share on every peer");
    expect(await onPeer(centre.lab, 1, "docker ps -q --filter name=milvus-coord")).toBe("");
  });

  test("takes backups once it is one, made on any peer and read on another one", async () => {
    await inVm(3, "umount", DIRECTORY);
    await mount(3);
    const { code, output } = await deployment.apply();
    expect(output).toContain("Apply complete!");
    expect(code).toBe(0);
    expect((await deployment.plan("-detailed-exitcode")).code).toBe(0);
    const films = await Films.at(`${centre.lab.vm(1).address}:19537`, await rootPassword(deployment));
    await films.make("films", ROWS);
    await films.close();
    await onPeer(centre.lab, 1, "milvus-onprem create-backup --name shared");
    await onPeer(centre.lab, 2, "milvus-onprem backups verify shared");
    await onPeer(centre.lab, 3, "milvus-onprem backups drill shared");
    const modes = await inVm(1, "find", SHARE, "-type", "f", "-printf", "%m\\n");
    expect([...new Set(modes.trim().split("\n"))]).toEqual(["600"]);
  });

  test("is not written past while it is away, and goes on by itself once it is mounted again", async () => {
    for (const vm of PEERS) await inVm(vm, "umount", DIRECTORY);
    await expect(onPeer(centre.lab, 1, "milvus-onprem create-backup --name lost")).rejects.toThrow(
      `nothing is mounted at ${DIRECTORY}`,
    );
    for (const vm of PEERS) expect(await inVm(vm, "ls", "-A", DIRECTORY)).toBe("");
    for (const vm of PEERS) await mount(vm);
    await onPeer(centre.lab, 1, "milvus-onprem create-backup --name again");
    await onPeer(centre.lab, 2, "milvus-onprem backups verify again");
  });
});
