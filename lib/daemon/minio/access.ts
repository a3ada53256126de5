import { refusal, type MinioClient, type MinioCredentials } from "./client";
import { bucketPolicy, policyName, samePolicy, type Policy } from "./policy";
import { isUnknownSigner, problemIn } from "./problem";

const ADMIN = "/minio/admin/v3";

export interface AccessOptions {
  /** MinIO as root. */
  readonly root: MinioClient;
  /** MinIO as the user. */
  readonly user: MinioClient;
  readonly credentials: MinioCredentials;
  readonly bucket: string;
}

/**
 * A user that sees one bucket and nothing else. Everything is looked at first and made only where it is missing or other, so
 * it may be done again at any time.
 */
export class MinioAccess {
  constructor(private readonly o: AccessOptions) {}

  /** Whether the user gets at its bucket through the node of `via`. Throws when that does not answer. */
  async hasAccess(via: string): Promise<boolean> {
    return (await this.o.user.send(via, this.looksInside)).status === 200;
  }

  /** Makes bucket, policy and user, as far as needed; returns what was made or changed. */
  async grantAccess(via: string): Promise<string[]> {
    const made = {
      bucket: await this.ensureBucket(via),
      policy: await this.ensurePolicy(via),
      user: await this.ensureUser(via),
      // Last: whoever has access has it all.
      "policy of the user": await this.ensureAttached(via),
    };
    return Object.entries(made).flatMap(([what, changed]) => (changed ? [what] : []));
  }

  /** Removes another user; one that is gone is no error. */
  async remove(via: string, user: string): Promise<void> {
    const request = {
      method: "DELETE",
      path: `${ADMIN}/remove-user?accessKey=${encodeURIComponent(user)}`,
    } as const;
    const answer = await this.o.root.send(via, request);
    if (answer.status === 200 || problemIn(answer.body).code === "XMinioAdminNoSuchUser") return;
    throw refusal(via, request, answer);
  }

  private async ensureBucket(via: string): Promise<boolean> {
    const { root, bucket } = this.o;
    const request = { method: "PUT", path: `/${bucket}` } as const;
    const answer = await root.send(via, request);
    if (answer.status === 200) return true;
    if (problemIn(answer.body).code === "BucketAlreadyOwnedByYou") return false;
    throw refusal(via, request, answer);
  }

  private async ensurePolicy(via: string): Promise<boolean> {
    const { root, bucket } = this.o;
    const wanted = bucketPolicy(bucket);
    const name = encodeURIComponent(policyName(bucket));
    const found = await root.send(via, { method: "GET", path: `${ADMIN}/info-canned-policy?name=${name}` });
    if (found.status === 200 && samePolicy(JSON.parse(found.body) as Policy, wanted)) return false;
    const body = JSON.stringify(wanted);
    await root.call(via, { method: "PUT", path: `${ADMIN}/add-canned-policy?name=${name}`, body });
    return true;
  }

  /** Also gives a known user its password of now. */
  private async ensureUser(via: string): Promise<boolean> {
    const { root, user, credentials } = this.o;
    const answer = await user.send(via, this.looksInside);
    if (!isUnknownSigner(problemIn(answer.body).code)) return false;
    const body = root.encrypted({ secretKey: credentials.secretKey, status: "enabled" });
    await root.call(via, { method: "PUT", path: `${ADMIN}/add-user?accessKey=${this.userName}`, body });
    return true;
  }

  /**
   * Sets the user's one policy. The newer "attach" would leave what it had besides, and answers in a cipher (Argon2id) that
   * Node 20 lacks; this one is in every release up to the last.
   */
  private async ensureAttached(via: string): Promise<boolean> {
    const { root, bucket } = this.o;
    const name = policyName(bucket);
    const found = await root.call(via, {
      method: "GET",
      path: `${ADMIN}/user-info?accessKey=${this.userName}`,
    });
    if ((JSON.parse(found) as { policyName?: string }).policyName === name) return false;
    const query = `policyName=${encodeURIComponent(name)}&userOrGroup=${this.userName}&isGroup=false`;
    await root.call(via, { method: "PUT", path: `${ADMIN}/set-user-or-group-policy?${query}` });
    return true;
  }

  private get userName(): string {
    return encodeURIComponent(this.o.credentials.accessKey);
  }

  /** What the policy allows and nothing but it. */
  private get looksInside() {
    return { method: "GET", path: `/${this.o.bucket}?list-type=2&max-keys=1` } as const;
  }
}
