import { randomBytes } from "node:crypto";
import type { ClusterSecrets } from "../spec/secrets";

/** 192 random bits in 32 characters that need no quoting anywhere. */
export const newPassword = (): string => randomBytes(24).toString("base64url");

/** Fresh secrets of a cluster. */
export function newSecrets(): ClusterSecrets {
  return {
    minioRootUser: `milvus-${randomBytes(6).toString("hex")}`,
    minioRootPassword: newPassword(),
    milvusRootPassword: newPassword(),
  };
}

/** Id of a new cluster: unlike that of any other of its name. */
export const newClusterId = (name: string): string => `${name}-${randomBytes(4).toString("hex")}`;
