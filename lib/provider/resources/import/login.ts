import { DiagnosticsError } from "../../framework";
import { ImportIdError, parseImportId, type ImportId, type ImportLogin } from "../../../spec/import-id";
import { NO_LOGIN, type SshModel } from "../ssh";

/** Reads an import id of a kind of resource. Throws DiagnosticsError. */
export function readId(type: string, text: string): ImportId {
  try {
    return parseImportId(text);
  } catch (error) {
    if (!(error instanceof ImportIdError)) throw error;
    throw refused(`The import id of a ${type} cannot be read`, `${error.message}. ${FORM}`);
  }
}

const FORM =
  "An id looks like ops@10.0.0.11?private_key_file=~/.ssh/id_ed25519&token_file=/run/secrets/milvus-token; see docs/import.md.";

export function refused(summary: string, detail: string): DiagnosticsError {
  return new DiagnosticsError([{ severity: "error", summary, detail }]);
}

/** The `ssh` attribute that a program gives who logs in like this. `address`: of the peer, which then needs no `host`. */
export function sshModel(login: ImportLogin, address: string): SshModel {
  const { jump, host } = login;
  const { sudo = null, timeoutSeconds: timeout_seconds = null } = login;
  const shared = { ...NO_LOGIN, ...credentialsModel(login), host: host === address ? null : host };
  return { ...shared, sudo, timeout_seconds, jump: jump ? jumpModel(jump) : null };
}

function jumpModel(jump: NonNullable<ImportLogin["jump"]>): NonNullable<SshModel["jump"]> {
  const { passphrase, password, private_key } = NO_LOGIN;
  return { passphrase, password, private_key, ...credentialsModel(jump), host: jump.host };
}

function credentialsModel(
  login: Omit<ImportLogin, "jump">,
): Pick<SshModel, "user" | "port" | "private_key_file" | "agent" | "host_key"> {
  return {
    user: login.user,
    port: login.port ?? null,
    private_key_file: login.privateKeyFile ?? null,
    agent: login.agent ?? null,
    host_key: login.hostKey ?? null,
  };
}
