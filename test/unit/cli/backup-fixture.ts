import { join } from "node:path";
import { DaemonClient } from "../../../lib/api/client";
import { newToken, tokenSha256 } from "../../../lib/api/token";
import { Cluster } from "../../../lib/cli/cluster";
import { listen } from "../../../lib/daemon/api/listen";
import { backupRoutes } from "../../../lib/daemon/api/routes/backups";
import { FolderTarget } from "../../../lib/daemon/backups/folder";
import type { Manifest } from "../../../lib/daemon/backups/manifest";
import { Shelf } from "../../../lib/daemon/backups/shelf";
import { once } from "../../../lib/daemon/backups/target";
import { connectTcp } from "../../../lib/daemon/peers";
import { createCa, issuePeerCert } from "../../../lib/pki";
import { freePort } from "../../support/free-port";
import { quietApp } from "../daemon/api-support";

const AT = { tso: "449", at: "2026-01-02T03:04:05.000Z" };
const SIGNAL = new AbortController().signal;

export interface There {
  readonly cluster: Cluster;
  readonly bucket: FolderTarget;
  readonly shelf: Shelf;
  readonly close: () => Promise<void>;
}

/** A cluster of one peer, over real TLS; a folder is its bucket. */
export async function clusterIn(dir: string, name: string): Promise<There> {
  const ca = await createCa(name);
  const token = newToken(ca.certPem);
  const { certPem, keyPem } = await issuePeerCert(ca, { name: "peer-1", address: "127.0.0.1", days: 1 });
  const bucket = new FolderTarget(join(dir, name));
  const port = await freePort();
  const app = quietApp();
  const close = await listen({
    ...app,
    routes: [...app.routes, ...backupRoutes(async () => bucket)],
    tokenSha256: () => tokenSha256(token),
    tls: { ca: ca.certPem, cert: certPem, key: keyPem },
    addresses: ["127.0.0.1"],
    port,
  });
  const connect = () => connectTcp("127.0.0.1", port);
  const client = new DaemonClient({ caPem: ca.certPem, servername: "peer-1", token, connect });
  const found = new Cluster({ name, caPem: ca.certPem, daemons: [{ client, connect }] });
  return { cluster: found, bucket, shelf: new Shelf(bucket, SIGNAL), close };
}

/** A backup with files of these contents, as a job makes one. */
export async function backedUp({ bucket, shelf }: There, name = "nightly"): Promise<Manifest> {
  await shelf.claim(name, { job: "job-1", createdAt: AT.at });
  const files = [];
  for (const [path, text] of Object.entries({
    "data/a/1.parquet": "one",
    "data/a/2.parquet": "x".repeat(300_000),
  })) {
    const written = await bucket.put(`${name}/${path}`, once(text), SIGNAL);
    files.push({ path, rows: 1, ...written });
  }
  const etcd = { path: "etcd.db", ...(await bucket.put(`${name}/etcd.db`, once("metadata"), SIGNAL)) };
  const field = {
    ...{ name: "id", description: "", type: "Int64", primaryKey: true, autoId: false, partitionKey: false },
    ...{ clusteringKey: false, nullable: false, computed: false, params: {} },
  };
  const manifest: Manifest = {
    ...{ format: 1, name, job: "job-1", createdAt: AT.at, etcd },
    cluster: { name: "vectors", id: "v-1", milvus: "v2.3.5", generation: 1 },
    data: {
      ...{ engine: "portable", server: "2.3.5", read: { from: AT, to: AT }, databases: [] },
      collections: [
        {
          ...{ database: "default", name: "a", description: "", shards: 1, consistencyLevel: "Bounded" },
          ...{ dynamicFields: false, fields: [field], functions: [], indexes: [], partitions: [] },
          ...{ properties: {}, aliases: [], replicas: 1, read: { from: AT, to: AT }, rows: 2, files },
        },
      ],
    },
  };
  await shelf.seal(manifest);
  return manifest;
}
