/** Why MinIO says no. */
export interface MinioProblem {
  /** One word for programs, "" when there is none. */
  readonly code: string;
  /** For a person. */
  readonly text: string;
}

/** Codes of a request signed by a user, or with a secret key, that this MinIO does not know (or no longer). */
const UNKNOWN_SIGNER = ["InvalidAccessKeyId", "SignatureDoesNotMatch"];

/** The admin API tells it in JSON, S3 in XML. */
export function problemIn(body: string): MinioProblem {
  const { code, message } = fromJson(body) ?? fromXml(body);
  const text = [code, message].filter((part) => part !== "").join(": ");
  return { code, text: isUnknownSigner(code) ? `${text} (${OTHER_CREDENTIALS})` : text };
}

export function isUnknownSigner(code: string): boolean {
  return UNKNOWN_SIGNER.includes(code);
}

const OTHER_CREDENTIALS = "it runs with other credentials than those of this cluster: restart it";

function fromJson(body: string): { code: string; message: string } | undefined {
  try {
    const { Code = "", Message = "" } = JSON.parse(body) as { Code?: string; Message?: string };
    return { code: Code, message: Message };
  } catch {
    return undefined;
  }
}

function fromXml(body: string): { code: string; message: string } {
  const code = /<Code>([^<]*)<\/Code>/.exec(body)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(body)?.[1];
  return code === undefined ? { code: "", message: body.slice(0, 200) } : { code, message: message ?? "" };
}
