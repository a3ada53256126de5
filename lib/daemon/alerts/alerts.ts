import type { AlertFormat } from "../../spec/spec";
import type { Log } from "../log";
import { alertLine, type Alert, type AlertSink } from "./alert";
import { PAYLOADS } from "./payload";
import type { Webhook } from "./webhook";

export interface AlertsOptions {
  /** Name of the cluster. */
  readonly cluster: string;
  readonly log: Pick<Log, "warn">;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
  readonly format: () => AlertFormat;
  /** @default - stdout */
  readonly write?: (line: string) => void;
}

/** Alerts as plain lines on stdout, in the log, and to the webhook where there is one. */
export class Alerts implements AlertSink {
  private webhook: Webhook | undefined;

  constructor(private readonly o: AlertsOptions) {}

  /** From now on, alerts are posted there too; the one before goes. */
  async postTo(webhook: Webhook | undefined): Promise<void> {
    const before = this.webhook;
    this.webhook = webhook;
    await before?.stop();
  }

  raise(alert: Alert): void {
    const { cluster, log, redact, format, write = toStdout } = this.o;
    write(`${redact(alertLine(alert))}\n`);
    log.warn({ alert: alert.name, ...alert.fields }, alert.summary);
    this.webhook?.post(redact(PAYLOADS[format()]({ alert, at: new Date(), cluster })));
  }

  async stop(): Promise<void> {
    await this.postTo(undefined);
  }
}

function toStdout(line: string): void {
  process.stdout.write(line);
}
