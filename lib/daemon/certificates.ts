import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { CertificateRequests, RenewedCertificates } from "../api/wire";
import { certificatesEnding, type Drift } from "../plan/drift";
import { peerServices } from "../render";
import { peerOf } from "../spec/host";
import { MILVUS_TLS_DIR } from "../spec/paths";
import type { ClusterSpec } from "../spec/spec";
import type { DaemonConfig } from "./config";
import { BadRequest, Conflict } from "./errors";
import { writeInPlace } from "./files";
import type { Components } from "./ports/components";
import type { Containers, ContainerState } from "./ports/runtime";

export interface CertificatesOptions {
  readonly config: DaemonConfig;
  readonly containers: Pick<Containers, "list">;
  readonly components: Pick<Components, "signal">;
  /** One sentence on each renewal. */
  readonly onChange: (sentence: string) => void;
}

/** Those that read their certificate again when they are told to (docs/hardening.md); etcd does at each handshake. */
const RELOADING = ["minio", "nginx"];

/**
 * Certificates of this peer and of its Milvus. Renewed ones are for the keys that are there: one file changes at a time, so at no
 * moment do a certificate and a key lie there that do not belong together.
 */
export class OwnCertificates {
  private readonly listeners = new Set<() => void>();

  constructor(private readonly o: CertificatesOptions) {}

  /** Calls back after each renewal; returns how to stop. */
  onRenewed(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** PEM of those that are there, and the CA's. */
  async pems(): Promise<{ ca: string; peer: string; milvus?: string }> {
    const { ca, cert } = this.o.config.tls;
    const milvus = await readFile(this.milvus("crt"), "utf8").catch(() => undefined);
    return { ca, peer: cert, milvus };
  }

  /** When the first of them ends. */
  async end(): Promise<Date> {
    const { firstEnd } = await import("../pki/index.js");
    const { peer, milvus } = await this.pems();
    return firstEnd(milvus === undefined ? [peer] : [peer, milvus]);
  }

  /** What to have signed by whoever has the CA's key. */
  async requests(): Promise<CertificateRequests> {
    const { isDue, requestCertFor } = await import("../pki/index.js");
    const { ca, peer, milvus } = await this.pems();
    const keys = [this.o.config.tls.key, await this.milvusKey()];
    const [own, ofMilvus] = await Promise.all(keys.map((key) => requestCertFor(key)));
    const due = [peer, milvus ?? peer].some((pem) => isDue(pem, ca, new Date()));
    const end = (await this.end()).toISOString();
    return { csrPem: own!.csrPem, milvusCsrPem: ofMilvus!.csrPem, caPem: ca, end, due };
  }

  /** Puts renewed ones in force here: nothing is restarted. Throws BadRequest for what is no renewal of those that are there. */
  async install({ certPem, milvusCertPem }: RenewedCertificates): Promise<void> {
    const { tls, configDir } = this.o.config;
    const { peer, milvus } = await this.pems();
    this.check("certPem", certPem, tls.key, peer);
    this.check("milvusCertPem", milvusCertPem, await this.milvusKey(), milvus);
    await writeInPlace(this.milvus("crt"), milvusCertPem);
    await writeInPlace(join(configDir, "tls", "peer.crt"), certPem);
    tls.cert = certPem;
    for (const listener of this.listeners) listener();
    const running = (await this.o.containers.list()).filter(({ health }) => health !== "stopped");
    for (const { service } of running)
      if (RELOADING.includes(service)) await this.o.components.signal(service, "SIGHUP");
    this.o.onChange(`certificates are renewed until ${(await this.end()).toISOString()}`);
  }

  /** Certificates that are to be renewed, and roles of Milvus that have started with one that was renewed since. */
  async drift(spec: ClusterSpec, containers: readonly ContainerState[]): Promise<Drift[]> {
    const { name: peer } = this.o.config.identity;
    const { due, end } = await this.requests();
    if (due) return [certificatesEnding(peer, end)];
    const { mtimeMs } = await stat(this.milvus("crt"));
    const renewed = new Date(mtimeMs).toISOString();
    const services = Object.entries(peerServices(spec, peerOf(spec, peer)));
    const reading = services.filter(([, s]) => s.files?.some((f) => f.startsWith(`${MILVUS_TLS_DIR}:`)));
    const old = reading.flatMap(([name]) =>
      containers.filter((c) => c.service === name && isOlder(c, mtimeMs)),
    );
    return old.map(({ service: name }) => ({
      ...{ peer, kind: "certificate", name },
      ...{ expected: `started after its certificate was renewed (${renewed})`, found: "started before" },
    }));
  }

  private check(what: string, pem: string, key: string, before: string | undefined): void {
    const problem = problemOf(pem, this.o.config.tls.ca, key, before);
    if (problem !== undefined) throw new BadRequest(`${what}: ${problem}; nothing was changed`);
  }

  /** Throws Conflict where an earlier release has prepared the peer, which made none. */
  private milvusKey(): Promise<string> {
    return readFile(this.milvus("key"), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      throw new Conflict(
        "this peer has no key for its Milvus: prepare it anew (apply its milvus_peer again)",
      );
    });
  }

  private milvus(kind: "crt" | "key"): string {
    return join(this.o.config.configDir, "milvus-tls", `milvus.${kind}`);
  }
}

function problemOf(
  pem: string,
  caPem: string,
  keyPem: string,
  before: string | undefined,
): string | undefined {
  try {
    const [cert, ca] = [new X509Certificate(pem), new X509Certificate(caPem)];
    if (!cert.checkIssued(ca) || !cert.verify(ca.publicKey)) return "it is not signed by the cluster's CA";
    if (!cert.checkPrivateKey(createPrivateKey(keyPem))) return "it is for another key than this peer's";
    if (before !== undefined && cert.subject !== new X509Certificate(before).subject)
      return "it is for another name than the one before";
    return Date.parse(cert.validTo) > Date.now() ? undefined : "it has ended already";
  } catch {
    return "it is no certificate (PEM)";
  }
}

/** The engine counts in whole seconds. */
function isOlder({ createdSeconds }: ContainerState, mtimeMs: number): boolean {
  return createdSeconds !== undefined && createdSeconds < Math.floor(mtimeMs / 1000);
}
