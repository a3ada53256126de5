import type { ClusterSecrets } from "../spec/secrets";

const MASK = "[secret]";

/**
 * Knows the secret values of this peer and takes them out of any text that leaves the process: log lines, progress, errors.
 * The last line of defence: nothing should put a secret into such a text in the first place.
 */
export class Redactor {
  private values: string[] = [];

  /** Learns values; both as they are and as they look inside JSON. Ones too short to tell from words are left out. */
  learn(...secrets: (string | undefined)[]): void {
    const forms = secrets.flatMap((s) =>
      s === undefined || s.length < 6 ? [] : [s, JSON.stringify(s).slice(1, -1)],
    );
    this.values = [...new Set([...this.values, ...forms])].sort((a, b) => b.length - a.length);
  }

  learnCluster(secrets: ClusterSecrets, registryPassword?: string): void {
    this.learn(secrets.minioRootPassword, secrets.milvusRootPassword, registryPassword);
  }

  text(text: string): string {
    return this.values.reduce((t, secret) => t.split(secret).join(MASK), text);
  }
}
