import type { ChangeStepKind } from "../../../plan/change";
import { backup } from "./backup";
import { check } from "./check";
import { commit } from "./commit";
import type { ChangeExecutor } from "./context";
import { heal } from "./heal";
import { admit, joinEtcd, start } from "./join";
import { dismiss, leaveEtcd, stop } from "./leave";
import { pull } from "./pull";
import { renew } from "./renew";
import { restart, restartTogether } from "./restart";
import { verify } from "./verify";
import { write } from "./write";

export type { ChangeParams } from "./context";

/** One executor for each kind of step that a change may hold. */
export const CHANGE_EXECUTORS: Readonly<Record<ChangeStepKind, ChangeExecutor>> = {
  check,
  admit,
  renew,
  pull,
  backup,
  joinEtcd,
  restart,
  restartTogether,
  start,
  write,
  heal,
  stop,
  leaveEtcd,
  dismiss,
  verify,
  commit,
};
