import { sign } from "aws4";
import { hostPort, peerOf } from "../../spec/host";
import type { Http, HttpAnswer } from "../ports/runtime";
import { messageOf } from "../wait";
import { encrypt } from "./encrypt";
import type { MinioSpec } from "./pool";
import { isUnknownSigner, problemIn } from "./problem";

/** Who asks. They travel as a signature, never as an argument. */
export interface MinioCredentials {
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface MinioRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** With its query, encoded. */
  readonly path: string;
  readonly body?: string | Buffer;
  /** @default 12000 */
  readonly timeoutMs?: number;
}

/** MinIO's region unless told otherwise. */
const REGION = "us-east-1";

/** With a node that has just vanished, the others answer after 3 to 8 s. */
const CALL_MS = 12_000;

/**
 * S3 and admin API of MinIO, asked as one user through one node. Of several credentials, the first that MinIO knows count: while
 * they are exchanged, it may know the old ones or the new ones.
 */
export class MinioClient {
  private readonly all: readonly MinioCredentials[];

  constructor(
    private readonly http: Http,
    private readonly spec: MinioSpec,
    private credentials: MinioCredentials,
    ...others: MinioCredentials[]
  ) {
    this.all = [credentials, ...others];
  }

  /** The answer of `via`'s node, whatever its status. Throws when there is none. */
  async send(via: string, request: MinioRequest): Promise<HttpAnswer> {
    const answer = await this.sendOnce(via, request);
    const refused = this.credentials;
    for (const credentials of isStranger(answer) ? this.all : []) {
      if (credentials === refused) continue;
      this.credentials = credentials;
      const other = await this.sendOnce(via, request);
      if (!isStranger(other)) return other;
    }
    return answer;
  }

  private async sendOnce(
    via: string,
    { method, path, body, timeoutMs = CALL_MS }: MinioRequest,
  ): Promise<HttpAnswer> {
    const host = hostPort(peerOf(this.spec, via).address, this.spec.ports.minio);
    const headers = this.signed(method, host, path, body);
    const url = `https://${host}${path}`;
    return this.http.send({ method, url, headers, body, timeoutMs }).catch((error: unknown) => {
      throw new Error(`MinIO on ${via} does not answer: ${messageOf(error)}`, { cause: error });
    });
  }

  /** Body of an answer that says yes; any other is an error. */
  async call(via: string, request: MinioRequest): Promise<string> {
    const answer = await this.send(via, request);
    if (answer.status === 200) return answer.body;
    throw refusal(via, request, answer);
  }

  /** A body that nobody but MinIO can read, by the credentials that it knew last. */
  encrypted(body: object): Buffer {
    return encrypt(this.credentials.secretKey, Buffer.from(JSON.stringify(body)));
  }

  private signed(method: string, host: string, path: string, body?: string | Buffer): Record<string, string> {
    const { accessKey: accessKeyId, secretKey: secretAccessKey } = this.credentials;
    // Of bytes, MinIO reads only what does not pretend to be a form.
    const headers = Buffer.isBuffer(body) ? { "Content-Type": "application/octet-stream" } : {};
    const request = { method, host, path, body, headers, service: "s3", region: REGION };
    return sign(request, { accessKeyId, secretAccessKey }).headers as Record<string, string>;
  }
}

const isStranger = ({ body }: HttpAnswer): boolean => isUnknownSigner(problemIn(body).code);

/** What an answer that says no means; bodies of requests and queries stay out of it. */
export function refusal(via: string, { method, path }: MinioRequest, { status, body }: HttpAnswer): Error {
  const what = `MinIO on ${via}: ${method} ${path.split("?")[0]}`;
  return new Error(`${what} answered ${status}: ${problemIn(body).text}`);
}
