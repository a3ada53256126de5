import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAll, imageOf } from "../../lab/build";
import { services } from "../../lab/images/catalogue";
import { docker } from "../../lab/run";
import { DockerEngine } from "../../lib/daemon/docker-engine";
import { EtcdStore, type EtcdMember } from "../../lib/daemon/etcd";
import type { EtcdTls } from "../../lib/daemon/store/etcd-member";
import { createCa, issuePeerCert } from "../../lib/pki";
import { eventually } from "./eventually";
import { freePorts } from "./free-port";
import { Link } from "./link";

/** Recipe of the image that its programs come from. */
export const ETCD = services.find((s) => s.name === "etcd")!;
const NAMES = ["peer-1", "peer-2", "peer-3"];
/** Small enough to be filled in a moment. */
const QUOTA_BYTES = 16 << 20;

interface Member extends EtcdMember {
  readonly port: number;
  readonly flags: readonly string[];
  process?: ChildProcess;
}

/** A real etcd of three members over mutual TLS, as processes of this machine. */
export class EtcdCluster {
  private constructor(
    private readonly dir: string,
    readonly tls: EtcdTls,
    private readonly all: readonly Member[],
  ) {}

  static async start(): Promise<EtcdCluster> {
    const dir = await mkdtemp(join(tmpdir(), "milvus-onprem-etcd-"));
    await takeEtcdFromItsImage(dir);
    const tls = await certificates(dir);
    const ports = await freePorts(6);
    const at = NAMES.map((name, i) => ({ name, client: ports[i]!, peer: ports[i + 3]! }));
    const initial = at.map((m) => `${m.name}=https://127.0.0.1:${m.peer}`).join(",");
    const members = at.map(({ name, client, peer }) => ({
      name,
      url: `https://127.0.0.1:${client}`,
      port: client,
      flags: flagsOf(dir, name, client, peer, initial),
    }));
    const cluster = new EtcdCluster(dir, tls, members);
    for (const name of NAMES) cluster.startMember(name);
    await cluster.whole();
    return cluster;
  }

  get members(): EtcdMember[] {
    return this.all.map(({ name, url }) => ({ name, url }));
  }

  store(over: readonly EtcdMember[] = this.members): EtcdStore {
    return new EtcdStore({ tls: this.tls, members: over, callTimeoutMs: 800 });
  }

  /** A way to each member, in order. */
  async links(): Promise<{ links: Link[]; members: EtcdMember[] }> {
    const links = await Promise.all(this.all.map(({ port }) => Link.to(port)));
    const members = links.map(({ port }, i) => ({ name: NAMES[i]!, url: `https://127.0.0.1:${port}` }));
    return { links, members };
  }

  startMember(name: string): void {
    const member = this.member(name);
    member.process = spawn(join(this.dir, "etcd"), member.flags, { stdio: "ignore" });
  }

  async kill(name: string): Promise<void> {
    const { process } = this.member(name);
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    process.kill("SIGKILL");
    await once(process, "exit");
  }

  /** Begins anew with what a snapshot holds, as docs/restore-etcd.md says. */
  async restore(snapshot: string): Promise<void> {
    await Promise.all(NAMES.map((name) => this.kill(name)));
    const engine = new DockerEngine();
    for (const { name, flags } of this.all) {
      await rm(join(this.dir, name), { recursive: true });
      const restored = ["name", "data-dir", "initial-cluster", "initial-advertise-peer-urls"];
      const { exitCode, stderr } = await engine.run({
        image: imageOf(ETCD),
        command: [
          ...["/usr/local/bin/etcdutl", "snapshot", "restore", snapshot],
          ...["--bump-revision", "1000000000", "--mark-compacted"],
          ...flags.filter((flag) => restored.some((known) => flag.startsWith(`--${known}=`))),
        ],
        binds: [`${this.dir}:${this.dir}`, `${snapshot}:${snapshot}:ro`],
        deadlineMs: 60_000,
      });
      if (exitCode !== 0) throw new Error(stderr);
    }
    for (const name of NAMES) this.startMember(name);
    await this.whole();
  }

  async whole(): Promise<void> {
    const store = this.store();
    await eventually("three members know each other", 60_000, async () => {
      const all = await Promise.all(this.members.map((m) => store.memberStatus(m.url)));
      const isJoined = all.every((s) => s.hasLeader && s.members.length === NAMES.length);
      return isJoined && all.filter((s) => s.isLeader).length === 1;
    }).finally(() => store.close());
  }

  async stop(): Promise<void> {
    await Promise.all(NAMES.map((name) => this.kill(name)));
    await rm(this.dir, { recursive: true, force: true });
  }

  private member(name: string): Member {
    return this.all.find((m) => m.name === name)!;
  }
}

function flagsOf(dir: string, name: string, client: number, peer: number, initial: string): string[] {
  const tls = ["", "peer-"].flatMap((p) => [
    ...[`--${p}cert-file=${dir}/${name}.crt`, `--${p}key-file=${dir}/${name}.key`],
    ...[`--${p}client-cert-auth`, `--${p}trusted-ca-file=${dir}/ca.crt`],
  ]);
  const urls = (kind: "client" | "peer", port: number): string[] => [
    `--listen-${kind}-urls=https://127.0.0.1:${port}`,
    `--${kind === "peer" ? "initial-" : ""}advertise-${kind}-urls=https://127.0.0.1:${port}`,
  ];
  return [
    ...[`--name=${name}`, `--data-dir=${dir}/${name}`, `--initial-cluster=${initial}`],
    `--quota-backend-bytes=${QUOTA_BYTES}`,
    ...[...urls("client", client), ...urls("peer", peer), ...tls],
  ];
}

async function certificates(dir: string): Promise<EtcdTls> {
  const ca = await createCa("test");
  await writeFile(join(dir, "ca.crt"), ca.certPem);
  let tls!: EtcdTls;
  for (const name of NAMES) {
    const { certPem, keyPem } = await issuePeerCert(ca, { name, address: "127.0.0.1", days: 1 });
    await writeFile(join(dir, `${name}.crt`), certPem);
    await writeFile(join(dir, `${name}.key`), keyPem, { mode: 0o600 });
    tls = { ca: ca.certPem, cert: certPem, key: keyPem };
  }
  return tls;
}

/** Copies the etcd of the lab's image to `<dir>/etcd`. */
export async function takeEtcdFromItsImage(dir: string): Promise<void> {
  await buildAll([ETCD]);
  const container = await docker("create", imageOf(ETCD));
  await docker("cp", `${container}:/usr/local/bin/etcd`, join(dir, "etcd"));
  await docker("rm", container);
}
