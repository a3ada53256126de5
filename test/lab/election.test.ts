/** The control plane's leader against a real etcd of three members over TLS, with links that are cut without a word. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAll, imageOf } from "../../lab/build";
import { services } from "../../lab/images/catalogue";
import { docker } from "../../lab/run";
import { Election } from "../../lib/daemon/election";
import { EtcdStore, type EtcdMember } from "../../lib/daemon/etcd";
import { createCa, issuePeerCert, type CertifiedKey } from "../../lib/pki";
import { eventually } from "../support/eventually";

jest.setTimeout(10 * 60_000);

const NAMES = ["peer-1", "peer-2", "peer-3"];
const KEY = "/milvus-onprem/test/leader";
const TTL_SECONDS = 4;

let dir: string;
let ca: CertifiedKey;
let cert: CertifiedKey;
let members: { member: EtcdMember; port: number; process: ChildProcess }[];
const running: { stop: () => Promise<void> }[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "milvus-onprem-etcd-"));
  await takeEtcdFromItsImage();
  ca = await createCa("test");
  const ports = await freePorts(6);
  const at = NAMES.map((name, i) => ({ name, client: ports[i]!, peer: ports[i + 3]! }));
  await writeFile(join(dir, "ca.crt"), ca.certPem);
  for (const name of NAMES) {
    cert = await issuePeerCert(ca, { name, address: "127.0.0.1", days: 1 });
    await writeFile(join(dir, `${name}.crt`), cert.certPem);
    await writeFile(join(dir, `${name}.key`), cert.keyPem, { mode: 0o600 });
  }
  const cluster = at.map((m) => `${m.name}=https://127.0.0.1:${m.peer}`).join(",");
  members = at.map((m) => ({
    member: { name: m.name, url: `https://127.0.0.1:${m.client}` },
    port: m.client,
    process: startEtcd(m, cluster),
  }));
  const store = storeOf(members.map((m) => m.member));
  await eventually("three members know each other", 60_000, async () => {
    const all = await Promise.all(members.map((m) => store.memberStatus(m.member.url)));
    return (
      all.every((s) => s.hasLeader && s.members.length === 3) && all.filter((s) => s.isLeader).length === 1
    );
  });
  store.close();
});

afterEach(async () => {
  for (const { stop } of running.splice(0).reverse()) await stop();
});

afterAll(async () => {
  for (const { process } of members ?? []) process.kill("SIGKILL");
  await rm(dir, { recursive: true, force: true });
});

test("a write is made in the leader's own term alone, and over what the writer has seen alone", async () => {
  const store = storeOf(members.map((m) => m.member));
  const lease = await store.grantLease(30);
  const term = (await store.acquire(KEY, "peer-1", lease))!;
  const fence = { leader: KEY, term, expected: "0" };
  expect(await store.acquire(KEY, "peer-2", await store.grantLease(30))).toBeUndefined();
  expect(await store.putFenced("/spec", "1", { ...fence, term: String(Number(term) - 1) })).toBe(false);
  expect(await store.putFenced("/spec", "1", fence)).toBe(true);
  expect(await store.putFenced("/spec", "2", fence)).toBe(false);
  const { modRevision } = (await store.get("/spec"))!;
  expect(await store.putFenced("/spec", "2", { ...fence, expected: modRevision })).toBe(true);
  await store.revokeLease(lease);
  const seen = (await store.get("/spec"))!.modRevision;
  expect(await store.putFenced("/spec", "3", { ...fence, expected: seen })).toBe(false);
  expect((await store.get("/spec"))!.value).toBe("2");
  store.close();
});

test("a leader that is cut off stops to believe in itself before its successor is elected", async () => {
  const links = await Promise.all(members.map(linkTo));
  const a = candidate(
    "peer-1",
    links.map((link, i) => link.member(NAMES[i]!)),
  );
  await eventually("peer-1 leads", 20_000, async () => a.term() !== undefined);
  const first = Number(a.term());
  const b = candidate(
    "peer-2",
    members.map((m) => m.member),
  );
  const twoLeaders = everTrue(() => a.term() !== undefined && b.term() !== undefined);
  for (const link of links) link.cut();
  await eventually("peer-2 leads", 20_000, async () => b.term() !== undefined);
  expect(twoLeaders()).toBe(false);
  expect(Number(b.term())).toBeGreaterThan(first);
});

test("a dead member of etcd costs the leader nothing but one slow call", async () => {
  const links = await Promise.all(members.map(linkTo));
  const changes: string[] = [];
  const a = candidate(
    "peer-1",
    links.map((link, i) => link.member(NAMES[i]!)),
    changes,
  );
  await eventually("peer-1 leads", 20_000, async () => a.term() !== undefined);
  const term = a.term();
  const lost = everTrue(() => a.term() !== term);
  links[0]!.cut();
  await new Promise((resolve) => setTimeout(resolve, 3 * TTL_SECONDS * 1000));
  expect(lost()).toBe(false);
  expect(changes.filter((c) => /keep-alive failed/.test(c))).toEqual([]);
});

/** Looks all the time from now on; the answer says whether it was so at any look. */
function everTrue(holds: () => boolean): () => boolean {
  let ever = false;
  const timer = setInterval(() => (ever ||= holds()), 2);
  return () => {
    clearInterval(timer);
    return ever;
  };
}

async function linkTo({ port }: { port: number }): Promise<Link> {
  const link = await Link.to(port);
  running.push({ stop: async () => link.close() });
  return link;
}

function candidate(name: string, over: EtcdMember[], changes: string[] = []): Election {
  const store = storeOf(over);
  const onChange = (sentence: string): void => void changes.push(sentence);
  const election = new Election({ store, key: KEY, candidate: name, ttlSeconds: TTL_SECONDS, onChange });
  running.push({ stop: () => election.stop().finally(() => store.close()) });
  election.start();
  return election;
}

function storeOf(over: EtcdMember[]): EtcdStore {
  return new EtcdStore({
    members: over,
    caPem: ca.certPem,
    certPem: cert.certPem,
    keyPem: cert.keyPem,
    callTimeoutMs: 800,
  });
}

function startEtcd(
  { name, client, peer }: { name: string; client: number; peer: number },
  cluster: string,
): ChildProcess {
  const tls = ["", "peer-"].flatMap((p) => [
    ...[`--${p}cert-file=${dir}/${name}.crt`, `--${p}key-file=${dir}/${name}.key`],
    ...[`--${p}client-cert-auth`, `--${p}trusted-ca-file=${dir}/ca.crt`],
  ]);
  const flags = [
    ...[`--name=${name}`, `--data-dir=${dir}/${name}`, `--initial-cluster=${cluster}`],
    ...[
      `--listen-client-urls=https://127.0.0.1:${client}`,
      `--advertise-client-urls=https://127.0.0.1:${client}`,
    ],
    ...[
      `--listen-peer-urls=https://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=https://127.0.0.1:${peer}`,
    ],
  ];
  return spawn(join(dir, "etcd"), [...flags, ...tls], { stdio: "ignore" });
}

async function takeEtcdFromItsImage(): Promise<void> {
  const recipe = services.find((s) => s.name === "etcd")!;
  await buildAll([recipe]);
  const container = await docker("create", imageOf(recipe));
  await docker("cp", `${container}:/usr/local/bin/etcd`, join(dir, "etcd"));
  await docker("rm", container);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((s) => new Promise((resolve) => s.once("listening", resolve))));
  const ports = servers.map((s) => (s.address() as net.AddressInfo).port);
  await Promise.all(servers.map((s) => new Promise((resolve) => s.close(resolve))));
  return ports;
}

/** A way to a member that can be cut: from then on bytes vanish in both directions, and nobody is told. */
class Link {
  private isCut = false;
  private readonly sockets: net.Socket[] = [];

  private constructor(
    private readonly server: net.Server,
    private readonly target: number,
  ) {}

  static async to(target: number): Promise<Link> {
    const server = net.createServer();
    const link = new Link(server, target);
    server.on("connection", (socket) => link.accept(socket));
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return link;
  }

  member(name: string): EtcdMember {
    return { name, url: `https://127.0.0.1:${(this.server.address() as net.AddressInfo).port}` };
  }

  cut(): void {
    this.isCut = true;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(near: net.Socket): void {
    const far = net.connect(this.target, "127.0.0.1");
    this.sockets.push(near, far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (bytes: Buffer) => this.isCut || to.write(bytes));
      from.on("close", () => this.isCut || to.destroy());
      from.on("error", () => undefined);
    }
  }
}
