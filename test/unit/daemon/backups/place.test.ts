import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { importPlace } from "../../../../lib/daemon/backups/place";
import type { ClusterSpec, S3Storage } from "../../../../lib/spec/spec";
import { SECRETS, specOf } from "../support";

/** Requests of a store that has nothing. */
let asked: URL[];
let store: http.Server;
beforeEach(async () => {
  asked = [];
  store = http.createServer((request, response) => {
    asked.push(new URL(request.url!, "http://store"));
    response.end("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
  });
  await new Promise<void>((resolve) => store.listen(0, "127.0.0.1", resolve));
});
afterEach(() => void store.close());

test("what Milvus is to import lies in its own bucket, also where backups have a target of their own", async () => {
  const { port } = store.address() as AddressInfo;
  const at = { kind: "s3", host: "127.0.0.1", port, tls: false, pathStyle: true } as const;
  const storage: S3Storage = { ...at, bucket: "of-milvus", rootPath: "files", auth: "keys", provider: "aws" };
  const backups: ClusterSpec["backups"] = {
    ...{ timeZone: "UTC", keep: { last: 7, daily: 0, weekly: 0, monthly: 0 } },
    target: { ...at, bucket: "of-backups", prefix: "vectors" },
  };
  const keys = { s3AccessKey: "access", s3SecretKey: "secret" };
  const spec: ClusterSpec = { ...specOf("/nowhere"), storage, backups };
  const place = importPlace(spec, { ...SECRETS, external: keys }, { caPem: "" })!;
  for await (const { path } of place.target.list("", new AbortController().signal)) throw new Error(path);
  expect(new Set(asked.map(({ pathname }) => pathname.split("/")[1]))).toEqual(new Set(["of-milvus"]));
  expect(asked.map(({ searchParams }) => searchParams.get("prefix"))).toContain("files-imports/");
});
