import { createHmac, randomBytes } from "node:crypto";
import type { ClusterSecrets } from "../spec/secrets";

/** 192 random bits in 32 characters that need no quoting anywhere. */
export const newPassword = (): string => randomBytes(24).toString("base64url");

/** Name of a MinIO user: 19 of the 20 characters that MinIO allows. */
const newUser = (): string => `milvus-${randomBytes(6).toString("hex")}`;

/** As much as the hash has: RFC 7518, 3.2 wants no less. */
const TOKEN_KEY_BYTES = 32;

/** Role that Milvus has in the cluster's own Pulsar. */
const PULSAR_ROLE = "milvus";

/** Fresh secrets of a cluster. */
export function newSecrets(): ClusterSecrets {
  const pulsarTokenKey = randomBytes(TOKEN_KEY_BYTES).toString("base64");
  return {
    minioRootUser: newUser(),
    minioRootPassword: newPassword(),
    milvusRootPassword: newPassword(),
    minioUser: newUser(),
    minioPassword: newPassword(),
    pulsarTokenKey,
    pulsarToken: signedToken(PULSAR_ROLE, pulsarTokenKey),
  };
}

/** A JWT (RFC 7519) signed with HS256 that never expires. The key is the text as it stands, which is what Pulsar reads from a file. */
function signedToken(sub: string, key: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub })}`;
  const signature = createHmac("sha256", key).update(text).digest("base64url");
  return `${text}.${signature}`;
}

/** Id of a new cluster: unlike that of any other of its name. */
export const newClusterId = (name: string): string => `${name}-${randomBytes(4).toString("hex")}`;
