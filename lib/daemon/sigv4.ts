import { createHash, createHmac } from "node:crypto";

export interface SignedRequest {
  readonly method: string;
  /** Host and port as in the Host header. */
  readonly host: string;
  readonly path: string;
  readonly body: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly now: Date;
}

/** MinIO's region unless told otherwise. */
const REGION = "us-east-1";

/** Headers of an AWS Signature Version 4, as MinIO's admin API wants them. The path must be encoded already. */
export function signV4(r: SignedRequest): Record<string, string> {
  const stamp = r.now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${stamp.slice(0, 8)}/${REGION}/s3/aws4_request`;
  const payload = sha256(r.body);
  const headers = { host: r.host, "x-amz-content-sha256": payload, "x-amz-date": stamp };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const [path = "", query = ""] = r.path.split("?");
  const canonical = [r.method, path, query, lines.join(""), names, payload].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", stamp, scope, sha256(canonical)].join("\n");
  const key = [stamp.slice(0, 8), REGION, "s3", "aws4_request"].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${r.secretKey}`),
  );
  const signature = hmac(key, toSign).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${r.accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
