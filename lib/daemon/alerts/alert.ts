export type AlertName =
  | "PEER_DOWN_ALERT"
  | "PEER_UP_ALERT"
  | "PULSAR_DOWN_ALERT"
  | "PULSAR_UP_ALERT"
  | "PULSAR_FAILOVER_ALERT"
  | "ETCD_FULL_ALERT"
  | "ETCD_ROOM_ALERT"
  | "COMPONENT_RESTART"
  | "COMPONENT_RESTART_LOOP"
  | "BACKUP_ALERT"
  | "BACKUP_OK_ALERT"
  | "DRILL_ALERT"
  | "DRILL_OK_ALERT";

export type Severity = "critical" | "warning" | "info";

/** Something that a person on call wants to know; see docs/alerts.md. Holds no secret. */
export interface Alert {
  readonly name: AlertName;
  readonly severity: Severity;
  /** In the order in which they are printed. */
  readonly fields: Readonly<Record<string, string | number>>;
  /** One sentence for people. */
  readonly summary: string;
  /** Milliseconds for which it has been so already. @default 0 */
  readonly sinceMs?: number;
  /** This is the end of that alert. */
  readonly resolves?: AlertName;
}

/** Takes alerts; never blocks and never throws. */
export interface AlertSink {
  raise(alert: Alert): void;
}

/** `NAME key=value …`: logfmt after the word, so that a value with a space is quoted. */
export function alertLine({ name, fields }: Pick<Alert, "name" | "fields">): string {
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${logfmt(String(value))}`);
  return [name, ...pairs].join(" ");
}

function logfmt(value: string): string {
  return /^[^\s"=\\]+$/.test(value) ? value : JSON.stringify(value);
}

/** A duration as the alerts print it: whole seconds. */
export function seconds(ms: number): string {
  return `${Math.round(ms / 1000)}s`;
}
