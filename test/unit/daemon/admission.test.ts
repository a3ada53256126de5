import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { FormRequest } from "../../../lib/api/wire";
import type { RouteReply } from "../../../lib/daemon/api/route";
import { Daemon } from "../../../lib/daemon/daemon";
import { specDigest } from "../../../lib/daemon/digest";
import { keys } from "../../../lib/daemon/keys";
import type { Components } from "../../../lib/daemon/ports/components";
import { Redactor } from "../../../lib/daemon/redact";
import type { DaemonState } from "../../../lib/daemon/state";
import { TERM_HEADER } from "../../../lib/daemon/tasks/task";
import { createCa, issuePeerCert, type CertifiedKey } from "../../../lib/pki";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { soon } from "./jobs-support";
import { FakeHost, identityOf, MemoryLog, MemoryStore, SECRETS, specOf, temporaryDir } from "./support";

/** etcd as every daemon of the cluster sees it; told of the members that it is to go by. */
class MockEtcd extends MemoryStore {
  readonly goneBy: string[][] = [];
  setMembers(members: readonly { name: string }[]): void {
    this.goneBy.push(members.map(({ name }) => name));
  }
}
let mockEtcd: MockEtcd;
jest.mock("../../../lib/daemon/etcd", () => ({ EtcdStore: jest.fn(() => mockEtcd) }));

/** What the other peers go by; undefined while none of them answers. */
let mockInForce: { spec: ClusterSpec; generation: number } | undefined;
jest.mock("../../../lib/daemon/peers", () => {
  const health = () => Promise.reject(new Error("no answer"));
  // From a cache that may be behind nobody is to hear.
  const spec = async (o?: { linearizable?: boolean }) => (o?.linearizable && mockInForce) || health();
  return { ...jest.requireActual<object>("../../../lib/daemon/peers"), peerClient: () => ({ spec, health }) };
});

const KEYS = keys("c1");
const NAME = "peer-4";
const dir = temporaryDir();
let ca: CertifiedKey;
let own: CertifiedKey;
let host: FakeHost;
let log: MemoryLog;
let redactor: Redactor;
let daemon: Daemon | undefined;
beforeAll(async () => {
  ca = await createCa("vectors");
  own = await issuePeerCert(ca, { name: NAME, address: "127.0.0.14", days: 1 });
});
beforeEach(() => {
  mockEtcd = new MockEtcd();
  mockInForce = undefined;
  host = new FakeHost(dir.path());
  log = new MemoryLog();
  redactor = new Redactor();
});
afterEach(async () => {
  await daemon?.close();
  daemon = undefined;
});

/** Four peers or three, on addresses where nobody listens. */
function specWith(count: number): ClusterSpec {
  const spec = specOf(dir.path());
  const peers = [1, 2, 3, 4].slice(0, count).map((i) => {
    return { ...spec.peers[0]!, name: `peer-${i}`, address: `127.0.0.1${i}` };
  });
  return { ...spec, peers, ports: { ...spec.ports, daemon: 1 } };
}

const request = (spec = specWith(4)): FormRequest => ({ spec, secrets: { ...SECRETS } });

async function open(): Promise<Daemon> {
  const identity = { ...identityOf(dir.path(), NAME), address: "127.0.0.14" };
  const quiet: Pick<Components, "list" | "events" | "start" | "stop"> = {
    list: async () => [],
    events: ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
    start: async () => undefined,
    stop: async () => undefined,
  };
  const ports = host.ports(specWith(4), NAME);
  const components = { ...ports.components, ...quiet };
  const logs = { open: async () => Readable.from([]) };
  daemon = await Daemon.open({
    config: {
      identity,
      tls: { ca: ca.certPem, cert: own.certPem, key: own.keyPem },
      configDir: dir.path(),
      runDir: dir.path(),
    },
    ...{ host: { ...ports, logs, components }, redactor, log: log.log },
  });
  return daemon;
}

/** As it was left by a daemon of before. */
async function leftIn(state: DaemonState): Promise<void> {
  await mkdir(join(dir.path(), "daemon"), { recursive: true });
  await writeFile(join(dir.path(), "daemon", "state.json"), JSON.stringify(state));
}

async function stateOnDisk(): Promise<DaemonState> {
  const text = await readFile(join(dir.path(), "daemon", "state.json"), "utf8").catch(() => undefined);
  return text === undefined ? { state: "unjoined" } : (JSON.parse(text) as DaemonState);
}

const becomes = (state: DaemonState["state"]): Promise<void> =>
  soon(`the peer is ${state}`, async () => (await stateOnDisk()).state === state);

function commit(spec: ClusterSpec, generation: number): void {
  mockEtcd.put(KEYS.spec, JSON.stringify({ generation, digest: specDigest(spec), spec }));
}

/** As the leader asks for it, with the certificate of a peer. */
function task(on: Daemon, name: string): Promise<RouteReply> {
  const route = on.routes().find(({ path }) => path === "/internal/tasks/{name}")!;
  const headers = { [TERM_HEADER]: "999" };
  const signal = new AbortController().signal;
  return route.handle({ params: { name }, query: {}, body: {}, headers, requestId: "r", signal });
}

const hasSecrets = (): Promise<boolean> =>
  access(join(dir.path(), "secrets.json")).then(
    () => true,
    () => false,
  );

describe("a peer that is admitted", () => {
  test("does tasks from then on, and takes no part in the election yet", async () => {
    const on = await open();
    await expect(task(on, "report-components")).rejects.toThrow("this peer is in no cluster yet");
    await on.admit(request());
    expect((await task(on, "report-components")).body).toMatchObject({ components: expect.any(Array) });
    expect(await stateOnDisk()).toEqual({ state: "unjoined", admitted: specWith(4) });
    expect([mockEtcd.kv.has(KEYS.leader), mockEtcd.kv.has(KEYS.peer(NAME))]).toEqual([false, false]);
    expect(redactor.text(`it said ${SECRETS.minioPassword}`)).not.toContain(SECRETS.minioPassword);
  });

  test("may be admitted again, with what is wanted by then", async () => {
    const on = await open();
    await on.admit(request());
    await on.admit({ ...request(), secrets: { ...SECRETS, minioPassword: "another-secret-0815" } });
    expect(await readFile(join(dir.path(), "secrets.json"), "utf8")).toContain("another-secret-0815");
    await task(on, "report-components");
  });

  test("is a member, and a candidate, once the spec in force names it, and not before", async () => {
    const on = await open();
    await on.admit(request());
    commit(specWith(3), 1);
    commit(specWith(4), 2);
    await becomes("member");
    expect(await stateOnDisk()).toMatchObject({ generation: 2, specDigest: specDigest(specWith(4)) });
    await soon("it leads", () => mockEtcd.kv.get(KEYS.leader)?.value === NAME);
    await soon("it has told of itself", () => mockEtcd.kv.has(KEYS.peer(NAME)));
    expect(log.lines.join("\n")).not.toContain("generation 1");
  });

  test("is a member after a restart, and goes by other members of etcd when there are others", async () => {
    await leftIn({ state: "member", spec: specWith(4), specDigest: specDigest(specWith(4)), generation: 2 });
    await open();
    const more = { ...specWith(4), peers: specWith(4).peers.filter(({ name }) => name !== "peer-2") };
    commit(more, 3);
    await soon("the spec is taken over", async () => (await stateOnDisk()).generation === 3);
    await soon("etcd's members are", () => mockEtcd.goneBy.length > 0);
    expect(mockEtcd.goneBy).toEqual([[NAME, "peer-1", "peer-3"]]);
  });
});

test("a peer that was let go may join again, and one that was another peer once begins anew", async () => {
  await leftIn({ state: "removed" });
  await (await open()).admit(request());
  expect(await hasSecrets()).toBe(true);
  expect((await stateOnDisk()).state).toBe("unjoined");
});

describe("nothing is learnt by a peer", () => {
  test("that is a member already", async () => {
    await leftIn({ state: "member", spec: specWith(4), specDigest: specDigest(specWith(4)), generation: 2 });
    await (await open()).admit(request());
    expect(await hasSecrets()).toBe(false);
    expect((await stateOnDisk()).generation).toBe(2);
  });

  test("that is forming", async () => {
    await leftIn({ state: "forming", spec: specWith(4), specDigest: specDigest(specWith(4)) });
    await expect((await open()).admit(request())).rejects.toThrow(
      "this peer is forming a cluster: tear it down before it joins another",
    );
    expect(await hasSecrets()).toBe(false);
  });

  test.each<[string, Partial<ClusterSpec>, RegExp]>([
    [
      "at another address",
      { peers: [{ name: NAME, address: "127.0.0.99", roles: [] }] },
      /^the spec has no peer "peer-4" at 127\.0\.0\.14: this daemon was prepared/,
    ],
    [
      "under another name",
      { peers: [{ name: "peer-5", address: "127.0.0.14", roles: [] }] },
      /^the spec has no peer "peer-4" at/,
    ],
    [
      "with its data elsewhere",
      { dataRoot: "/srv/elsewhere" },
      /^the spec keeps data in \/srv\/elsewhere, this daemon in /,
    ],
  ])("that the spec has %s", async (_title, change, message) => {
    const on = await open();
    await expect(on.admit(request({ ...specWith(4), ...change }))).rejects.toThrow(message);
    expect(await hasSecrets()).toBe(false);
    await expect(task(on, "report-components")).rejects.toThrow("this peer is in no cluster yet");
  });
});

describe("a peer that is dismissed", () => {
  test("answers first, then stops what it runs, and belongs to no cluster", async () => {
    await leftIn({ state: "member", spec: specWith(4), specDigest: specDigest(specWith(4)), generation: 2 });
    const on = await open();
    expect(await task(on, "dismiss")).toEqual({ body: {} });
    await becomes("removed");
    await soon("its containers are removed", () => host.events.includes("down"));
    await soon("it has left", () => log.lines.some((line) => line.includes("its data is kept")));
    await expect(task(on, "report-components")).rejects.toThrow("this peer is in no cluster yet");
  });

  test("while it was away lets go by itself: its join was undone before it was a member", async () => {
    mockInForce = { spec: specWith(3), generation: 3 };
    await leftIn({ state: "unjoined", admitted: specWith(4) });
    await open();
    await soon("its containers are removed", () => host.events.includes("down"));
    await soon("it has left", () => log.lines.some((line) => line.includes("its data is kept")));
    expect(await stateOnDisk()).toEqual({ state: "unjoined" });
  });

  test("before it was a member can be admitted again", async () => {
    const on = await open();
    await on.admit(request());
    await task(on, "dismiss");
    await soon("it has left", () => log.lines.some((line) => line.includes("its data is kept")));
    expect(await stateOnDisk()).toEqual({ state: "unjoined" });
    await on.admit(request());
    commit(specWith(4), 2);
    await becomes("member");
  });
});
