import type { Images } from "../spec";

/**
 * Images that every line runs with; Milvus' own comes from the version.
 * - etcd: a 3.5 patch, the minor release that Milvus' own compose files use from 2.3 to 2.6.
 * - MinIO: the last release that was published as an image.
 * - Pulsar: the 3.0 LTS that Milvus recommends from 2.5 on; also for older lines, since 3.x cannot read the data of 2.x.
 */
export const COMMON_IMAGES: Pick<Images, "etcd" | "minio" | "pulsar" | "nginx"> = {
  etcd: "quay.io/coreos/etcd:v3.5.21",
  minio: "minio/minio:RELEASE.2025-09-07T16-13-09Z",
  pulsar: "apachepulsar/pulsar:3.0.7",
  nginx: "nginx:1.28.0",
};
