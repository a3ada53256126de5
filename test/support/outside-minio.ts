import { X509Certificate } from "node:crypto";
import type { Client } from "minio";
import type { Lab, Vm } from "../../lab";
import { s3Client } from "../../lib/daemon/backups/s3-client";
import { parseEndpoint } from "../../lib/spec/storage";
import { COMMON_IMAGES } from "../../lib/spec/families/images";
import { createCa, issuePeerCert } from "../../lib/pki";
import { eventually } from "./eventually";

/** A MinIO that no cluster of ours knows of, with TLS by an authority of its own. */
export interface OutsideMinio {
  readonly endpoint: string;
  readonly caPem: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Starts one on a VM of the lab that is no peer. */
export async function outsideMinio(lab: Lab, vm: Vm): Promise<OutsideMinio> {
  const ca = await createCa("another authority");
  const pair = await issuePeerCert(ca, { name: "s3", address: vm.address, days: 1 });
  expect(new X509Certificate(pair.certPem).checkIP(vm.address)).toBe(vm.address);
  const [accessKey, secretKey] = ["outside-key", "outside-secret-1b7e"];
  const put = (name: string, text: string): Promise<unknown> =>
    lab.exec(vm, `mkdir -p /root/s3 && cat > /root/s3/${name}`, { input: text });
  await put("public.crt", pair.certPem);
  await put("private.key", pair.keyPem);
  const run = await lab.exec(
    vm,
    `docker rm -f s3 2>/dev/null; docker run -d --name s3 --network host -v /root/s3:/certs ` +
      `-e MINIO_ROOT_USER=${accessKey} -e MINIO_ROOT_PASSWORD=${secretKey} ` +
      `${lab.registry}/${COMMON_IMAGES.minio} server --certs-dir /certs --address :9000 /data`,
    { timeoutMs: 180_000 },
  );
  if (run.code !== 0) throw new Error(`the MinIO outside did not start: ${run.stderr}`);
  const live = `curl -fsSk https://${vm.address}:9000/minio/health/live`;
  await eventually("a MinIO outside", 60_000, async () => (await lab.exec(vm, live)).code === 0);
  return { endpoint: `https://${vm.address}:9000`, caPem: ca.certPem, accessKey, secretKey };
}

/** A client with the keys of its owner. */
export function ownerOf({ endpoint, caPem, accessKey, secretKey }: OutsideMinio): Client {
  const at = parseEndpoint(endpoint)!;
  return s3Client({ ...at, region: "us-east-1", pathStyle: true, caPem }, { accessKey, secretKey });
}
