import type { PeerPapers } from "../../host";
import type { KeyRequest } from "../../pki";
import type { JoinDraft } from "./draft";

/** What this VM is already: nothing, on its way to become a peer, or a peer. */
export interface Before {
  readonly papers?: PeerPapers;
  readonly draft?: JoinDraft;
}

/** Keys that never leave this VM, and the requests to certify them. */
export interface JoinKeys {
  readonly own: KeyRequest;
  /** Of Milvus on this VM. */
  readonly milvus: KeyRequest;
}

/** The keys with which a join has begun, or fresh ones: whoever asks again with the same key is the same VM. */
export async function joinKeys({ papers, draft }: Before): Promise<JoinKeys> {
  const { requestCert, requestCertFor } = await import("../../pki/index.js");
  const request = (known: string | undefined): Promise<KeyRequest> =>
    known === undefined ? requestCert() : requestCertFor(known);
  return {
    own: await request(papers?.keyPem ?? draft?.keyPem),
    milvus: await request(papers?.milvus?.keyPem ?? draft?.milvusKeyPem),
  };
}
