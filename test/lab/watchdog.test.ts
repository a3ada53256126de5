/** The watchdog against a real Docker engine, with small containers in the place of the components and a quicker clock. */
import { buildAll, imageOf } from "../../lab/build";
import { base } from "../../lab/images/catalogue";
import { docker } from "../../lab/run";
import { alertLine } from "../../lib/daemon/alerts/alert";
import { DockerComponents } from "../../lib/daemon/docker-components";
import type { Log } from "../../lib/daemon/log";
import { dependencies } from "../../lib/daemon/watchdog/dependencies";
import { LIMITS } from "../../lib/daemon/watchdog/limits";
import { MaintenanceMarks } from "../../lib/daemon/watchdog/marks";
import { Watchdog } from "../../lib/daemon/watchdog/watchdog";
import { specOf } from "../unit/daemon/support";
import { eventually } from "../support/eventually";

jest.setTimeout(5 * 60_000);

const PROJECT = "milvus-watchdog-test";
/** Ten times as fast as in earnest; the window of the loop guard stays. */
const QUICK = { ...LIMITS, tickMs: 1_000, graceMs: 500 };
const IMAGE = imageOf(base);
/** Ends at once when it is told to; a file makes it sick until it is restarted. */
const WELL = "trap 'exit 0' TERM; rm -f /sick; sleep infinity & wait";

let lines: string[];
let sentences: string[];
let watchdog: Watchdog;

beforeAll(() => buildAll([base]));
beforeEach(async () => {
  await removeAll();
  [lines, sentences] = [[], []];
});
afterEach(async () => {
  await watchdog.stop();
  await removeAll();
});

test("what is unhealthy is restarted in place, and well again", async () => {
  await container("run", "proxy");
  await watch();
  await docker("exec", name("proxy"), "touch", "/sick");
  await eventually("it is restarted", 60_000, async () => lines.length > 0);
  await eventually("it is healthy", 30_000, async () => (await health("proxy")) === "healthy");
  expect(lines[0]).toMatch(/^COMPONENT_RESTART node=peer-1 component=proxy reason=.* by=watchdog count=1$/);
  expect(lines).toHaveLength(1);
});

test("one that no restart helps is stopped and told of once; whoever starts it has it watched again", async () => {
  await container("run", "proxy", { check: "echo no vectors; false" });
  await watch();
  await eventually("it is given up", 120_000, async () => lines.some((l) => l.includes("RESTART_LOOP")));
  await eventually("it is stopped", 20_000, async () => (await state("proxy")) === "exited");
  expect(lines.map((l) => l.split(" ")[0])).toEqual([
    ...Array<string>(3).fill("COMPONENT_RESTART"),
    "COMPONENT_RESTART_LOOP",
  ]);
  expect(lines[3]).toContain('restarts=3 window=300s action=stopped reason="unhealthy: no vectors"');
  await saidNothingElse();
  await docker("start", name("proxy"));
  await eventually("it is released", 20_000, async () => lines.at(-1)!.includes("action=released"));
});

test("what crashes again and again, so that Docker starts it again and again, is stopped as well", async () => {
  await container("run", "querynode", { command: "sleep 1; exit 3" });
  await watch();
  await eventually("it is given up", 120_000, async () => lines.some((l) => l.includes("RESTART_LOOP")));
  await eventually("it is stopped", 20_000, async () => (await state("querynode")) === "exited");
  expect(lines[0]).toContain('reason="exited with code 3" by=docker count=1');
});

test("what is killed comes back; what somebody stops stays stopped", async () => {
  await Promise.all([container("run", "proxy"), container("run", "coord")]);
  await watch();
  await docker("kill", name("proxy"));
  await docker("stop", name("coord"));
  await eventually("it runs again", 30_000, async () => (await state("proxy")) === "running");
  await eventually("the stop is known", 20_000, async () =>
    sentences.at(-1)!.includes("coord: was stopped by hand"),
  );
  await saidNothingElse();
  expect(await state("coord")).toBe("exited");
});

test("what does not run after a reboot is started in the order of the dependencies", async () => {
  const order = ["etcd", "minio", "pulsar", "nginx", "proxy"];
  await Promise.all([...order].reverse().map((service) => container("create", service)));
  await watch(false);
  await eventually("all are healthy", 120_000, async () => {
    const all = await Promise.all(order.map(health));
    return all.every((h) => h === "healthy");
  });
  const started = await Promise.all(order.map((s) => inspect(s, "{{.State.StartedAt}}")));
  expect([...started].sort()).toEqual(started);
});

/** `settled`: once the watchdog has found all that is there well, or on its way. */
async function watch(settled = true): Promise<void> {
  const log = { info: said, warn: said, error: said } as unknown as Log;
  watchdog = new Watchdog({
    ...{
      node: "peer-1",
      components: new DockerComponents(PROJECT),
      dependencies: dependencies(specOf("/data")),
    },
    ...{
      marks: new MaintenanceMarks(),
      mode: () => "auto",
      missing: async () => new Map(),
      limits: QUICK,
      log,
    },
    alerts: { raise: (alert) => void lines.push(alertLine(alert)) },
  });
  watchdog.start();
  if (settled) await eventually("the watchdog has looked", 10_000, async () => sentences.length > 0);
}

function said(...words: unknown[]): void {
  sentences.push(String(words.at(-1)));
}

/** Over several ticks. */
async function saidNothingElse(): Promise<void> {
  const before = [...lines];
  for (let i = 0; i < 5; i++) await watchdog.tick();
  expect(lines).toEqual(before);
}

async function container(
  how: "run" | "create",
  service: string,
  { command = WELL, check = "test ! -e /sick" }: { command?: string; check?: string } = {},
): Promise<void> {
  const labels = [`project=${PROJECT}`, `service=${service}`, "oneoff=False"];
  await docker(
    ...[how, ...(how === "run" ? ["-d"] : []), "--name", name(service), "--restart", "always"],
    ...labels.flatMap((label) => ["--label", `com.docker.compose.${label}`]),
    ...["--health-cmd", check, "--health-interval", "1s", "--health-retries", "1", "--stop-timeout", "2"],
    ...[IMAGE, "bash", "-c", command],
  );
  if (how === "run" && command === WELL && check.startsWith("test"))
    await eventually(`${service} is healthy`, 30_000, async () => (await health(service)) === "healthy");
}

function name(service: string): string {
  return `${PROJECT}-${service}`;
}

function inspect(service: string, format: string): Promise<string> {
  return docker("inspect", "--format", format, name(service)).then((text) => text.trim());
}

const state = (service: string): Promise<string> => inspect(service, "{{.State.Status}}");
const health = (service: string): Promise<string> => inspect(service, "{{.State.Health.Status}}");

async function removeAll(): Promise<void> {
  const filter = `label=com.docker.compose.project=${PROJECT}`;
  const ids = await docker("ps", "-aq", "--filter", filter);
  if (ids.trim() !== "") await docker("rm", "-f", ...ids.trim().split("\n"));
}
