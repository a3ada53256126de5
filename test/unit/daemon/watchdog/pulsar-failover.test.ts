import type { JobRequest } from "../../../../lib/api/wire";
import { alertLine } from "../../../../lib/daemon/alerts/alert";
import type { Snapshot } from "../../../../lib/daemon/store/records";
import { PulsarFailover } from "../../../../lib/daemon/watchdog/pulsar-failover";
import { failedOver } from "../../../../lib/plan/moved";
import type { ClusterSpec } from "../../../../lib/spec/spec";
import { spec } from "../../spec/fixture";
import { MemoryLog } from "../support";

const FROM = spec({
  queue: { pulsarSingleton: { host: "peer-2", failover: { host: "peer-3", afterSeconds: 120 } } },
});
const TO = failedOver(FROM)!;
const versioned = <T>(value: T): { value: T; modRevision: string } => ({ value, modRevision: "1" });

function known(more: Partial<Snapshot> = {}, inForce: ClusterSpec = FROM): Snapshot {
  const spec = versioned({ generation: 1, digest: "d", spec: inForce });
  return { revision: "1", spec, peers: new Map(), jobs: new Map(), ...more };
}
const begun = (to: ClusterSpec): Partial<Snapshot> => ({
  change: versioned({ job: "j", digest: "d", spec: to }),
});

/** A leader whose looks are ten seconds apart. */
function leader() {
  const asked: JobRequest[] = [];
  const said: string[] = [];
  const at = { ms: 0, answers: false, leads: true, known: known() as Snapshot | undefined, refuses: false };
  const watch = new PulsarFailover({
    known: () => at.known,
    answers: async () => at.answers,
    leads: () => at.leads,
    submit: async (request) => {
      if (at.refuses) throw new Error("etcd is full");
      asked.push(request);
    },
    alerts: { raise: (alert) => void said.push(alertLine(alert)) },
    log: new MemoryLog().log,
    now: () => at.ms,
  });
  const looks = async (count: number): Promise<JobRequest[]> => {
    for (let i = 0; i < count; i++) {
      await watch.tick();
      at.ms += 10_000;
    }
    return asked.splice(0);
  };
  return { at, said, looks };
}

test("a host that is gone for as long as was said is given up by one change, and that is told", async () => {
  const { said, looks } = leader();
  expect(await looks(12)).toEqual([]);
  expect(await looks(1)).toEqual([{ type: "converge", params: { from: FROM, to: TO } }]);
  expect(said).toEqual(["PULSAR_FAILOVER_ALERT node=peer-2 component=pulsar to=peer-3 gone_for=120s"]);
  expect(await looks(20)).toEqual([]);
});

test.each<[string, (at: ReturnType<typeof leader>["at"]) => void]>([
  ["a Pulsar that answers", (at) => void (at.answers = true)],
  ["a host that still has the right", (at) => void (at.known = known({ pulsar: versioned("peer-2") }))],
  [
    "a cluster that is stopped",
    (at) => void (at.known = known({ stopped: versioned({ job: "j", done: true }) })),
  ],
  ["an etcd that does not answer", (at) => void (at.known = undefined)],
  ["another change that has not ended", (at) => void (at.known = known(begun(spec())))],
  ["one without failover", (at) => void (at.known = known({}, spec()))],
])("the time begins anew after %s", async (_, interrupt) => {
  const { at, looks } = leader();
  await looks(12);
  interrupt(at);
  expect(await looks(1)).toEqual([]);
  Object.assign(at, { answers: false, known: known() });
  expect(await looks(12)).toEqual([]);
  expect(await looks(1)).toHaveLength(1);
});

test("a new leader has counted all along", async () => {
  const { at, looks } = leader();
  at.leads = false;
  expect(await looks(20)).toEqual([]);
  at.leads = true;
  expect(await looks(1)).toHaveLength(1);
});

test("what has stopped half-way is gone on with after five minutes, though the new Pulsar answers", async () => {
  const { at, said, looks } = leader();
  await looks(13);
  Object.assign(at, { answers: true, known: known({ ...begun(TO), pulsar: versioned("(given up)") }) });
  expect(await looks(29)).toEqual([]);
  const params = { from: FROM, to: TO, unfinished: TO };
  expect(await looks(1)).toEqual([{ type: "converge", params }]);
  expect(said).toHaveLength(1);
});

test("a change that is under way is not asked for again", async () => {
  const { at, looks } = leader();
  await looks(13);
  const jobs = new Map([["j", versioned({ type: "converge", state: "running" })]]);
  at.known = known({ ...begun(TO), jobs: jobs as unknown as Snapshot["jobs"] });
  expect(await looks(60)).toEqual([]);
});
