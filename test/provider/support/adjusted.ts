/** What Terraform has generated, with what docs/import.md says is to be put in: references in the place of secrets. */
export function adjusted(generated: string): string {
  const secret =
    /^( {2})(ca_cert_pem|ca_key_pem|token|minio_root_user|minio_root_password|milvus_root_password|minio_user|minio_password|pulsar_token_key|pulsar_token)( +)= .*$/gm;
  return generated
    .replace(secret, "$1$2$3= milvus_credentials.cluster.$2")
    .replace(/^( {2}cluster_id +)= .*$/gm, "$1= milvus_credentials.cluster.id");
}
