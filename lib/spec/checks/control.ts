import { ALERT_FORMATS, WATCHDOG_MODES, type ControlSpec, type Problem } from "../spec";
import { checkOneOf, checkWhole, errorIf } from "./problem";

/** Below 3 s one lost keep-alive deposes a leader; above 60 s a dead one leaves the cluster unattended. */
const LEADER_TTL = { min: 3, max: 60 };
const RETENTION_DAYS = { min: 1, max: 3650 };

export function checkControl(control: ControlSpec): Problem[] {
  return [
    ...checkWhole("control.leaderTtlSeconds", control.leaderTtlSeconds, LEADER_TTL.min, LEADER_TTL.max),
    ...checkWhole(
      "control.jobRetentionDays",
      control.jobRetentionDays,
      RETENTION_DAYS.min,
      RETENTION_DAYS.max,
    ),
    ...errorIf("control.watchdog", checkOneOf(control.watchdog, WATCHDOG_MODES)),
    ...errorIf("control.alertFormat", checkOneOf(control.alertFormat, ALERT_FORMATS)),
  ];
}
