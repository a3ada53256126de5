import type { ChangeStepKind } from "../../../plan/change";
import { backup } from "./backup";
import { beginPulsar } from "./begin";
import { check } from "./check";
import { commit } from "./commit";
import type { ChangeExecutor } from "./context";
import { emptyPool } from "./empty";
import { grant } from "./grant";
import { heal } from "./heal";
import { admit, joinEtcd, start } from "./join";
import { keepPool } from "./keep";
import { dismiss, leaveEtcd, stop } from "./leave";
import { movePulsar } from "./move";
import { movePorts } from "./ports";
import { pull } from "./pull";
import { reach } from "./reach";
import { renew } from "./renew";
import { restart, restartTogether } from "./restart";
import { revoke } from "./revoke";
import { verify } from "./verify";
import { write } from "./write";

export type { ChangeParams } from "./context";

/** One executor for each kind of step that a change may hold. */
export const CHANGE_EXECUTORS: Readonly<Record<ChangeStepKind, ChangeExecutor>> = {
  check,
  reach,
  admit,
  renew,
  pull,
  backup,
  joinEtcd,
  grant,
  beginPulsar,
  movePulsar,
  movePorts,
  restart,
  restartTogether,
  start,
  write,
  heal,
  emptyPool,
  keepPool,
  stop,
  leaveEtcd,
  dismiss,
  revoke,
  verify,
  commit,
};
