import * as http from "node:http";
import * as https from "node:https";
import { Client } from "minio";
import type { S3Storage } from "../../spec/spec";
import { PART_BYTES } from "./bucket";

type Endpoint = Pick<S3Storage, "host" | "port" | "tls" | "region" | "pathStyle" | "caPem">;

interface Keys {
  readonly accessKey?: string;
  readonly secretKey?: string;
}

/** A client of an S3 that tries everything once: what is to be tried again knows better when. */
export function s3Client({ host, port, tls, region, pathStyle, caPem }: Endpoint, keys: Keys): Client {
  return new Client({
    ...{ endPoint: host, port, useSSL: tls, region, pathStyle, partSize: PART_BYTES },
    ...keys,
    transportAgent: tls
      ? new https.Agent({ ca: caPem, keepAlive: true })
      : new http.Agent({ keepAlive: true }),
    retryOptions: { disableRetry: true },
  });
}
