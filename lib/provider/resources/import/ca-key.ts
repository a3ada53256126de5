import { createPrivateKey, X509Certificate } from "node:crypto";
import type { ImportId } from "../../../spec/import-id";
import { localFile } from "./local-file";
import { refused } from "./login";
import type { Member } from "./member";

/**
 * Private key of the cluster's authority: of the file that the id names, else of the peer, which has it where `init` began the
 * cluster. Without it no certificate could be made or renewed, so nothing is imported. Throws DiagnosticsError.
 */
export async function caKeyOf(member: Member, { caKeyFile }: ImportId): Promise<string> {
  const { caPem, stored, identity } = member;
  const key = caKeyFile === undefined ? stored.caKeyPem : await localFile("ca_key_file", caKeyFile);
  if (key === undefined) {
    throw refused(
      `${identity.name} does not have the key of ${identity.clusterId}'s authority`,
      "Terraform has made this cluster and kept the key in its state alone. Name a file with it as ca_key_file: ca_key_pem of " +
        "the milvus_credentials in an older copy of the state. Without it no peer could be added and no certificate renewed.",
    );
  }
  if (belongs(caPem, key)) return caKeyFile === undefined ? key : `${key}\n`;
  throw refused(
    `ca_key_file is not the key of ${identity.clusterId}'s authority`,
    `${caKeyFile ?? identity.name} holds no private key, or that of another certificate. Name the key (PEM) of the authority that /etc/milvus-onprem/tls/ca.crt shows.`,
  );
}

function belongs(caPem: string, key: string): boolean {
  try {
    return new X509Certificate(caPem).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
