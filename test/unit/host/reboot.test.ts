import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cleanHost, ensureReboot } from "../../../lib/host";
import { fakeDocker } from "./fake-docker";
import { failure, localHost, type LocalHost } from "./support";

let local: LocalHost;
beforeEach(async () => {
  local = await localHost();
  mkdirSync(at("etc/systemd/system"), { recursive: true });
  local.program("systemctl", 'printf "%s\\n" "$*" >> "$DIR/systemctl.log"');
});
afterEach(() => local.stop());

const at = (path: string): string => join(local.dir, path);
const asked = (): string[] => readFileSync(at("systemctl.log"), "utf8").trim().split("\n");
const unit = (kind: string): string => at(`etc/systemd/system/milvus-onprem-reboot.${kind}`);
const allowed = (): boolean[] =>
  [unit("path"), unit("service"), at("etc/milvus-onprem/may-reboot")].map((path) => existsSync(path));

test("where a daemon may reboot its VM, systemd waits for its request and takes it away first", async () => {
  await ensureReboot(local.host, true);
  expect(asked()).toEqual(["daemon-reload", "enable --now milvus-onprem-reboot.path"]);
  expect(readFileSync(unit("path"), "utf8")).toContain("PathExists=/run/milvus-onprem/reboot\n");
  const service = readFileSync(unit("service"), "utf8");
  expect(service.match(/^ExecStart=.*/gm)).toEqual([
    "ExecStart=/bin/rm -f /run/milvus-onprem/reboot",
    "ExecStart=/bin/systemctl --no-block reboot",
  ]);
  await ensureReboot(local.host, true);
  expect(allowed()).toEqual([true, true, true]);
});

test("where it may no more, nothing is left of that", async () => {
  await ensureReboot(local.host, true);
  await ensureReboot(local.host, false);
  expect(allowed()).toEqual([false, false, false]);
  expect(asked().slice(-2)).toEqual(["disable --now milvus-onprem-reboot.path", "daemon-reload"]);
});

test("where it never might, systemd is not asked for anything", async () => {
  await ensureReboot(local.host, false);
  expect(existsSync(at("systemctl.log"))).toBe(false);
});

test("a VM that is cleaned forgets it", async () => {
  fakeDocker(local);
  await ensureReboot(local.host, true);
  await cleanHost(local.host, { deleteData: false, dataRoot: at("data") });
  expect(allowed()).toEqual([false, false, false]);
});

test("a unit that does not start is an error, and the daemon is not told that it may", async () => {
  local.program("systemctl", "echo no bus >&2; exit 1");
  expect((await failure(ensureReboot(local.host, true))).message).toMatch(
    /let the daemon reboot the VM failed: .*no bus.*allow_reboot = false/,
  );
  expect(existsSync(at("etc/milvus-onprem/may-reboot"))).toBe(false);
});
