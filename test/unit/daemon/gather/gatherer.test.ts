import { join } from "node:path";
import { readFileSync, statSync, existsSync } from "node:fs";
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { FormProgress, FormRequest, HealthReply, JoinRequest } from "../../../../lib/api/wire";
import { Gatherer } from "../../../../lib/daemon/gather/gatherer";
import { GatheringFile, type Gathering } from "../../../../lib/daemon/gather/gathering";
import { Redactor } from "../../../../lib/daemon/redact";
import { createCa, requestCert, type CertifiedKey } from "../../../../lib/pki";
import type { PeerSpec } from "../../../../lib/spec/spec";
import { version } from "../../../../package.json";
import { eventually } from "../../../support/eventually";
import { identityOf, MemoryLog, SECRETS, temporaryDir } from "../support";

const dir = temporaryDir();
const DATA_ROOT = "/var/lib/milvus-onprem";

/** A peer's daemon that does what a test says. */
class FakeDaemon {
  up = true;
  progress: FormProgress["state"] = "idle";
  error: string | undefined;
  readonly requests: FormRequest[] = [];
  /** What forming comes to, by attempt; the last one stays. */
  outcomes: FormProgress["state"][] = ["done"];

  constructor(readonly peer: string) {}

  async health(): Promise<HealthReply> {
    if (!this.up) throw new Error("connection refused");
    return { status: "ok", state: "unjoined" };
  }
  async form(request: FormRequest): Promise<FormProgress> {
    this.requests.push(request);
    this.progress = this.outcomes.length > 1 ? this.outcomes.shift()! : this.outcomes[0]!;
    return this.formProgress();
  }
  async formProgress(): Promise<FormProgress> {
    return { peer: this.peer, state: this.progress, steps: [], error: this.error };
  }
}

let ca: CertifiedKey;
let daemons: Map<string, FakeDaemon>;
let log: MemoryLog;
let formed: number;
const open: Gatherer[] = [];

beforeAll(async () => {
  ca = await createCa("vectors CA");
});
beforeEach(() => {
  daemons = new Map();
  log = new MemoryLog();
  formed = 0;
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((g) => g.stop()));
});

const daemon = ({ name }: Pick<PeerSpec, "name">): FakeDaemon => {
  const found = daemons.get(name) ?? new FakeDaemon(name);
  daemons.set(name, found);
  return found;
};
const file = (): GatheringFile => new GatheringFile(dir.path());

function gathering(change: Partial<Gathering> = {}): Gathering {
  return {
    template: {
      name: "vectors",
      version: "v2.3.5",
      storage: { drivesPerPeer: 4 },
      queue: { pulsarSingleton: { host: "peer-1" } },
      dataRoot: DATA_ROOT,
    },
    expected: 3,
    secrets: SECRETS,
    caKeyPem: ca.keyPem,
    peers: [
      { name: "peer-1", address: "198.18.0.11", keySha256: "first", hostname: "vm1", clockOffsetMs: 0 },
    ],
    ...change,
  };
}

/** As after a start of the first daemon. */
async function start(): Promise<Gatherer> {
  const gatherer = await Gatherer.open({
    identity: identityOf(DATA_ROOT),
    caPem: ca.certPem,
    file: file(),
    daemon,
    redactor: new Redactor(),
    log: log.log,
    onFormed: () => void formed++,
    retryMs: 10,
    lookMs: 10,
  });
  open.push(gatherer!);
  gatherer!.start();
  return gatherer!;
}

async function begun(change: Partial<Gathering> = {}): Promise<Gatherer> {
  await file().save(gathering(change));
  return start();
}

async function request(n: number, change: Partial<JoinRequest> = {}): Promise<JoinRequest> {
  const [{ csrPem }, { csrPem: milvusCsrPem }] = [await requestCert(), await requestCert()];
  return {
    ...{ name: `peer-${n}`, address: `198.18.0.1${n}`, hostname: `vm${n}`, clockMs: Date.now() },
    ...{ csrPem, milvusCsrPem, daemonVersion: version, dataRoot: DATA_ROOT, daemonPort: 19500, ...change },
  };
}

test("admits peers one after the other, and forms the cluster of them when the last one's daemon is up", async () => {
  daemon({ name: "peer-3" }).up = false;
  const gatherer = await begun();
  expect(gatherer.waitingFor()).toBe(
    "1 of 3 peers have joined (peer-1): run `milvus-onprem join 198.18.0.11:19500 TOKEN` on 2 more VMs",
  );
  expect(await gatherer.join(await request(3))).toMatchObject({
    clusterId: "c1",
    expected: 3,
    joined: 2,
    warnings: [],
  });
  expect(gatherer.waitingFor()).toMatch(/^2 of 3 peers .* on 1 more VM$/);
  await gatherer.join(await request(2));
  await eventually("it says whom it waits for", 5_000, async () =>
    /waits for the daemon of peer-3 \(198\.18\.0\.13\): connection refused/.test(gatherer.waitingFor()!),
  );
  expect(daemon({ name: "peer-1" }).requests).toEqual([]);
  daemon({ name: "peer-3" }).up = true;
  await eventually("formed", 5_000, async () => formed === 1);
  const [sent] = daemon({ name: "peer-2" }).requests;
  expect(sent!.spec.peers.map((p) => p.name)).toEqual(["peer-1", "peer-2", "peer-3"]);
  expect(sent).toMatchObject({ secrets: SECRETS, caKeyPem: ca.keyPem, spec: { queue: { host: "peer-1" } } });
  expect(existsSync(join(dir.path(), "gathering.json"))).toBe(false);
});

test("a certificate is for the name and address that were admitted, and for the key that asked", async () => {
  const gatherer = await begun();
  const { certPem } = await gatherer.join(await request(2));
  const cert = new X509Certificate(certPem);
  expect(cert.subject).toBe("CN=peer-2");
  expect(cert.checkIP("198.18.0.12")).toBe("198.18.0.12");
  expect(cert.verify(new X509Certificate(ca.certPem).publicKey)).toBe(true);
});

test("Milvus on it gets a certificate under its own name, for the peer's addresses and the key that asked", async () => {
  const gatherer = await begun();
  const milvus = await requestCert();
  const { milvusCertPem } = await gatherer.join(await request(2, { milvusCsrPem: milvus.csrPem }));
  const cert = new X509Certificate(milvusCertPem);
  expect(cert.subject).toBe("CN=milvus_client");
  expect(cert.checkIP("198.18.0.12")).toBe("198.18.0.12");
  expect(cert.checkHost("milvus.internal")).toBe("milvus.internal");
  expect(cert.checkPrivateKey(createPrivateKey(milvus.keyPem))).toBe(true);
});

test("Milvus cannot have the peer's own key", async () => {
  const gatherer = await begun();
  const { csrPem } = await requestCert();
  const why = /^milvusCsrPem: it is for the peer's own key; Milvus must have another$/;
  await expect(gatherer.join(await request(2, { csrPem, milvusCsrPem: csrPem }))).rejects.toThrow(why);
  expect(gatherer.terms().peers).toHaveLength(1);
});

test("the same request again changes nothing, also when all are there", async () => {
  daemon({ name: "peer-2" }).up = false;
  const gatherer = await begun({ expected: 2 });
  const again = await request(2);
  const replies = [await gatherer.join(again), await gatherer.join(again), await gatherer.join(again)];
  expect(replies.map((r) => r.joined)).toEqual([2, 2, 2]);
});

test("of many at the same time each place is given once", async () => {
  daemon({ name: "peer-2" }).up = false;
  const gatherer = await begun();
  const all = await Promise.all([2, 3, 4, 5].map((n) => request(n)));
  const outcomes = await Promise.allSettled(all.map((r) => gatherer.join(r)));
  expect(outcomes.map((o) => o.status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
});

test.each<[string, Partial<JoinRequest>, RegExp]>([
  [
    "a name that is taken",
    { name: "peer-1" },
    /name "peer-1" belongs to the peer at 198\.18\.0\.11; give another with --name/,
  ],
  ["an address that is taken", { address: "198.18.0.11" }, /address 198\.18\.0\.11 belongs to peer "peer-1"/],
  [
    "a clock that is behind",
    { clockMs: Date.now() - 301_000 },
    /peer-1 is 5 min \d+ s ahead of peer-2.*Run a time service/,
  ],
  [
    "a clock that is ahead",
    { clockMs: Date.now() + 3_600_000 },
    /peer-2 is (59|60) min \d+ s ahead of peer-1/,
  ],
  ["a host name that another has", { hostname: "vm1" }, /peer-1, peer-2 are all called "vm1"/],
  ["a name that is none", { name: "Peer_2" }, /is not a DNS label/],
  ["a loopback address", { address: "127.0.0.1" }, /is a loopback address/],
  [
    "another version",
    { daemonVersion: "9.9.9" },
    /daemonVersion of this VM is "9\.9\.9".*same image on every VM/,
  ],
  ["another data directory", { dataRoot: "/data" }, /dataRoot of this VM is "\/data"/],
  ["what is no certificate request", { csrPem: "hello" }, /^csrPem: this is no certificate request/],
  ["none for Milvus", { milvusCsrPem: "hello" }, /^milvusCsrPem: this is no certificate request/],
])("%s is refused, and nothing is recorded", async (_title, change, why) => {
  const gatherer = await begun();
  await expect(gatherer.join(await request(2, change))).rejects.toThrow(why);
  expect(gatherer.terms().peers).toHaveLength(1);
});

test("clocks that are off by some seconds are told of", async () => {
  const gatherer = await begun();
  const { warnings } = await gatherer.join(await request(2, { clockMs: Date.now() + 10_000 }));
  expect(warnings.join()).toMatch(/peer-2 is .* ahead of peer-1/);
});

test("a VM that was set up anew takes its own place again; one that is up does not lose it", async () => {
  const gatherer = await begun();
  await gatherer.join(await request(2));
  await expect(gatherer.join(await request(2))).rejects.toThrow(
    /has joined already with another key and its daemon answers/,
  );
  daemon({ name: "peer-2" }).up = false;
  expect((await gatherer.join(await request(2))).joined).toBe(2);
});

test("one more than there are places for is refused, whatever it calls itself", async () => {
  daemon({ name: "peer-2" }).up = false;
  const gatherer = await begun({ expected: 2 });
  await gatherer.join(await request(2));
  const why = /the cluster "vectors" has its 2 peers; adding more comes with a later release/;
  await expect(gatherer.join(await request(4))).rejects.toThrow(why);
});

test("the last peer is refused when the cluster could not be formed with it", async () => {
  const { template } = gathering();
  const gatherer = await begun({
    expected: 2,
    template: { ...template, queue: { pulsarSingleton: { host: "queue-host" } } },
  });
  await expect(gatherer.join(await request(2))).rejects.toThrow(/"queue-host" is not a peer of this cluster/);
  expect((await gatherer.join(await request(2, { name: "queue-host" }))).joined).toBe(2);
});

test("who has joined is known after a restart, and forming goes on", async () => {
  daemon({ name: "peer-3" }).up = false;
  const first = await begun();
  await first.join(await request(2));
  await first.join(await request(3));
  await first.stop();
  daemon({ name: "peer-3" }).up = true;
  await start();
  await eventually("formed", 5_000, async () => formed === 1);
});

test("a failure is told of, without secrets, and tried again", async () => {
  const peer = daemon({ name: "peer-2" });
  peer.outcomes = ["failed", "failed"];
  peer.error = `no image; ${SECRETS.minioRootPassword}`;
  const gatherer = await begun({ expected: 2 });
  await gatherer.join(await request(2));
  await eventually("it is told", 5_000, async () => gatherer.waitingFor()!.includes("no image"));
  expect(gatherer.waitingFor()).toMatch(/peer-2 failed to form the cluster: no image.*tried again/s);
  expect(gatherer.waitingFor() + log.lines.join()).not.toContain(SECRETS.minioRootPassword);
  peer.outcomes = ["done"];
  await eventually("formed", 5_000, async () => formed === 1);
});

test("a cluster of one forms at once", async () => {
  const { template } = gathering();
  await begun({ expected: 1, template: { ...template, storage: { drivesPerPeer: 1 } } });
  await eventually("formed", 5_000, async () => formed === 1);
  expect(daemon({ name: "peer-1" }).requests[0]!.spec.peers).toHaveLength(1);
});

test("what a newcomer must have is told beforehand: every port that it will listen on, and the directory", async () => {
  const terms = (await begun()).terms();
  expect(terms).toMatchObject({
    clusterName: "vectors",
    expected: 3,
    dataRoot: DATA_ROOT,
    daemonPort: 19500,
    mountPoints: [],
    dataDirs: [],
  });
  // On 6650 its load balancer leads to Pulsar.
  expect(terms.requiredPorts).toEqual(expect.arrayContaining([2379, 2380, 6650, 9000, 19500, 19530, 19537]));
});

test("what is gathered rests in a file that root alone can read; damaged, it is named", async () => {
  await begun();
  const path = join(dir.path(), "gathering.json");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8")).toContain(SECRETS.minioRootPassword);
  const { writeFileSync } = await import("node:fs");
  writeFileSync(path, "{");
  await expect(start()).rejects.toThrow(/gathering\.json is damaged: run milvus-onprem teardown/);
});
