import { sha256 } from "@noble/hashes/sha2";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils";
import { canonicalJson } from "../spec/canonical";

/** Label of every container with the fingerprint of what it was made for. */
export const FINGERPRINT_LABEL = "milvus-onprem.fingerprint";

/**
 * Label of Milvus' containers with the members of etcd that they were told of, separated by spaces. No part of the fingerprint: one
 * that has joined or left since is no reason to start a role anew, as long as it knows some of the others.
 */
export const ETCD_LABEL = "milvus-onprem.etcd";

/** Characters that tell two of the few definitions that one service ever has from each other. */
const LENGTH = 16;

/**
 * Equal for equal definitions of a container and equal contents of what it reads at its start, so a container that has another
 * one must be started anew, and one that has the same must not. Secrets do not enter it.
 */
export function fingerprint(definition: object): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(definition)))).slice(0, LENGTH);
}
