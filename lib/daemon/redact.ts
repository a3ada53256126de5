import { ageIdentities } from "../spec/age";
import type { ClusterSecrets } from "../spec/secrets";

const MASK = "[secret]";

/** Names that people chose may be words of any text, such as "milvus"; an access key of AWS has 16 characters at least. */
const NAME_LENGTH = 16;

/**
 * Knows the secret values of this peer and takes them out of any text that leaves the process: log lines, progress, errors.
 * The last line of defence: nothing should put a secret into such a text in the first place.
 */
export class Redactor {
  private values: string[] = [];

  /** Learns values, both as they are and as they look inside JSON. Ones too short to tell from words are left out. */
  learn(...secrets: (string | undefined)[]): void {
    const forms = secrets.flatMap((s) =>
      s === undefined || s.length < 6 ? [] : [s, JSON.stringify(s).slice(1, -1)],
    );
    this.values = [...new Set([...this.values, ...forms])].sort((a, b) => b.length - a.length);
  }

  /** Learns all secrets of a cluster; its files may be of an earlier release, which had fewer. */
  learnCluster(cluster: ClusterSecrets, registryPassword?: string): void {
    const { external, minioRootUser, minioUser, ...own } = cluster;
    const { s3AccessKey, kafkaUser, backupAccessKey, backupIdentity = "", ...secrets } = external ?? {};
    const names = [minioRootUser, minioUser, s3AccessKey, kafkaUser, backupAccessKey];
    this.learn(...Object.values(own), ...Object.values(secrets), registryPassword);
    this.learn(...ageIdentities(backupIdentity));
    this.learn(...names.filter((name) => name !== undefined && name.length >= NAME_LENGTH));
  }

  text(text: string): string {
    return this.values.reduce((t, secret) => t.split(secret).join(MASK), text);
  }
}
