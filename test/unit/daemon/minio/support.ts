import type { MinioSpec } from "../../../../lib/daemon/minio/pool";
import type { HttpAnswer, HttpRequest } from "../../../../lib/daemon/ports/runtime";
import type { ClusterSecrets } from "../../../../lib/spec/secrets";
import type { PoolSpec } from "../../../../lib/spec/spec";

export const SECRETS: ClusterSecrets = {
  minioRootUser: "root-of-minio",
  minioRootPassword: "minio-secret-5b1f",
  milvusRootPassword: "milvus-secret-77aa",
  minioUser: "milvus",
  minioPassword: "user-secret-90cd",
  pulsarTokenKey: "",
  pulsarToken: "",
};

/** Three peers; of a spec, as much as MinIO's room reads. */
export function specOf(...pools: Pick<PoolSpec, "peers" | "drivesPerPeer">[]): MinioSpec {
  const peers = [1, 2, 3].map((i) => ({ name: `peer-${i}`, address: `198.18.0.1${i}`, roles: [] }));
  const storage = { kind: "minio", pools: pools.map((p) => ({ ...p, mountPoints: [] })), bucket: "vectors" };
  return { name: "vectors", peers, storage, ports: { minio: 9000 } } as unknown as MinioSpec;
}

/** Keeps what it was asked and answers each request with what `answer` says of "METHOD /path". */
export class FakeHttp {
  readonly requests: HttpRequest[] = [];

  constructor(private readonly answer: (request: string) => HttpAnswer | Error) {}

  get = (url: string, timeoutMs: number): Promise<HttpAnswer> => this.send({ method: "GET", url, timeoutMs });

  async send(request: HttpRequest): Promise<HttpAnswer> {
    this.requests.push(request);
    const found = this.answer(`${request.method} ${new URL(request.url).pathname}`);
    if (found instanceof Error) throw found;
    return found;
  }

  /** Who signed the requests, in order. */
  get signers(): string[] {
    return this.requests.map(({ headers }) => /Credential=([^/]+)/.exec(headers!.Authorization!)![1]!);
  }
}
