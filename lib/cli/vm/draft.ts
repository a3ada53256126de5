import type { Machine } from "../../host";
import { CONFIG_DIR } from "../../spec/paths";

/** A join that is under way: on the VM until it is a peer, so that `--resume` goes on with the same keys. */
export interface JoinDraft {
  /** host:port of the daemon that admits. */
  readonly endpoint: string;
  readonly name: string;
  readonly address: string;
  readonly keyPem: string;
  /** Of Milvus on this VM; absent in a draft of an earlier release. */
  readonly milvusKeyPem?: string;
}

const FILE = `${CONFIG_DIR}/joining.json`;
const EXISTS = 17;

export async function readDraft(machine: Machine): Promise<JoinDraft | undefined> {
  const script = `[ ! -e ${FILE} ] || cat ${FILE}`;
  const { stdout } = await machine.check(script, { what: "look for a join under way", secret: true });
  if (stdout.trim() === "") return undefined;
  try {
    return JSON.parse(stdout) as JoinDraft;
  } catch {
    // The parser's own message quotes the text, which holds a key.
    throw new Error(`${FILE} is damaged: remove it, and join again`);
  }
}

/** A link is made or refused as a whole, so nobody ever sees half a draft. */
const CREATE = `
umask 077
(umask 022; mkdir -p ${CONFIG_DIR}) && new=$(mktemp ${FILE}.XXXXXX) || exit
trap 'rm -f "$new"' EXIT
cat > "$new" || exit
ln "$new" ${FILE} || { [ ! -e ${FILE} ] || exit ${EXISTS}; exit 1; }
`;

/** False when there is one already: of two joins at the same time on one VM, one goes on. */
export async function createDraft(machine: Machine, draft: JoinDraft): Promise<boolean> {
  const o = { what: "begin to join", input: JSON.stringify(draft), secret: true };
  const result = await machine.run(CREATE, o);
  if (result.code === EXISTS) return false;
  machine.mustSucceed(result, o);
  return true;
}

export async function removeDraft(machine: Machine): Promise<void> {
  await machine.check(`rm -f ${FILE}; rmdir ${CONFIG_DIR} 2>/dev/null || true`, { what: "end the join" });
}
