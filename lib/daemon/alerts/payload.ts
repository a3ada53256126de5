import type { AlertFormat } from "../../spec/spec";
import { alertLine, type Alert } from "./alert";

/**
 * Alertmanager ends an alert that nobody repeats after its resolve_timeout (5 min by default) unless it is told when: an alert
 * that is not over is given a day.
 */
const OPEN_MS = 24 * 3600_000;
/** What happens once and is over: long enough to be grouped and sent. */
const ONCE_MS = 5 * 60_000;
/** Fields that tell alerts apart, and so find the one that another resolves; the rest is told in words. */
const IDENTITY = ["node", "ip", "component"];

/** An alert with the moment at which it was raised. */
export interface Raised {
  readonly alert: Alert;
  readonly at: Date;
  /** Name of the cluster. */
  readonly cluster: string;
}

/** Body of the request that carries an alert. */
export const PAYLOADS: Readonly<Record<AlertFormat, (raised: Raised) => string>> = {
  alertmanager: (raised) => JSON.stringify([alertmanager(raised)]),
  slack: (raised) => JSON.stringify(slack(raised)),
};

/** An element of POST /api/v2/alerts. */
function alertmanager({ alert, at, cluster }: Raised): object {
  const { name, resolves, fields, summary, sinceMs = 0 } = alert;
  const identity = Object.entries(fields).filter(([key]) => IDENTITY.includes(key));
  const labels = Object.fromEntries(identity.map(([key, value]) => [key, String(value)]));
  return {
    labels: { alertname: resolves ?? name, cluster, severity: severityOf(alert), ...labels },
    annotations: { summary, description: alertLine(alert) },
    startsAt: new Date(at.getTime() - sinceMs).toISOString(),
    endsAt: new Date(at.getTime() + lastsMs(alert)).toISOString(),
  };
}

/** Labels have to be those of the alert that is resolved, of which this is one. */
function severityOf({ severity, resolves }: Alert): string {
  return resolves ? "critical" : severity;
}

function lastsMs({ name, resolves }: Alert): number {
  if (resolves) return 0;
  return name === "COMPONENT_RESTART" ? ONCE_MS : OPEN_MS;
}

/** Slack reads &, < and > as its own marks. */
function slack({ alert, cluster }: Raised): object {
  const text = `[${cluster}] ${alert.summary}\n\`${alertLine(alert)}\``;
  return { text: text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;") };
}
