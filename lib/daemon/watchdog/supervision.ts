import type { ControlSpec, ClusterSpec } from "../../spec/spec";
import { Alerts } from "../alerts/alerts";
import { Webhook } from "../alerts/webhook";
import { BACKUPS, DRILLS } from "../backups/duty";
import { BackupSchedule, type BackupScheduleOptions } from "../backups/schedule";
import type { DaemonConfig } from "../config";
import { HttpClient } from "../http";
import type { Log } from "../log";
import { peerClient } from "../peers";
import type { Components } from "../ports/components";
import type { Http } from "../ports/runtime";
import type { Store } from "../ports/store";
import type { Redactor } from "../redact";
import type { StopRecord } from "../store/records";
import { dependencies } from "./dependencies";
import type { WatchdogFacts } from "./facts";
import type { MaintenanceMarks } from "./marks";
import { missingElsewhere } from "./missing";
import { PeerWatch } from "./peer-watch";
import { pulsarWatches, type PulsarCircumstances } from "./pulsar-watches";
import type { Watch } from "./watch";
import { Watchdog } from "./watchdog";
import { withSessions } from "./with-sessions";

/** For another daemon to say how it is. */
const PEER_MS = 5_000;

export interface SupervisionOptions {
  readonly config: Pick<DaemonConfig, "identity" | "tls">;
  readonly spec: ClusterSpec;
  /** As they are in force now. */
  readonly control: () => ControlSpec;
  readonly components: Components;
  readonly http: Http;
  readonly store: Pick<Store, "list" | "grantLease" | "keepAlive" | "revokeLease" | "acquire">;
  readonly marks: MaintenanceMarks;
  readonly leads: () => boolean;
  /** Name of the peer that leads, as far as it is known. */
  readonly leader: () => string | undefined;
  /** Scheduled backups: when they are to be made, and how they are. */
  readonly backups: Pick<BackupScheduleOptions, "backups" | "jobs" | "submit">;
  /** Whether somebody has stopped the cluster. */
  readonly stopped: () => StopRecord | undefined;
  readonly pulsar: PulsarCircumstances;
  readonly redactor: Redactor;
  readonly log: Log;
}

/** What a member keeps an eye on: its own components, whether the other peers answer, and scheduled backups. */
export class Supervision {
  private readonly alerts: Alerts;
  private readonly peers: PeerWatch;
  private readonly pulsar: readonly Watch[];
  private readonly watchdog: Watchdog;
  private readonly schedules: readonly BackupSchedule[];

  constructor(private readonly o: SupervisionOptions) {
    const { config, spec, control, components, marks, redactor, log } = o;
    const { name } = config.identity;
    this.alerts = new Alerts({
      cluster: spec.name,
      log,
      redact: (text) => redactor.text(text),
      format: () => control().alertFormat,
    });
    this.peers = this.peerWatch();
    this.pulsar = pulsarWatches({ ...o, self: name, submit: o.backups.submit, alerts: this.alerts });
    const scheduled = { ...o.backups, leads: o.leads, alerts: this.alerts, log };
    const backups = new BackupSchedule({ ...scheduled, duty: BACKUPS });
    this.schedules = [backups, new BackupSchedule({ ...scheduled, duty: DRILLS, after: backups })];
    this.watchdog = new Watchdog({
      ...{ node: name, marks, log, alerts: this.alerts, dependencies: dependencies(spec) },
      components: withSessions(components, { spec, address: config.identity.address, store: o.store }),
      mode: () => control().watchdog,
      stopped: o.stopped,
      missing: () =>
        missingElsewhere({ spec, self: name, http: o.http, answers: (node) => this.peers.answers(node) }),
    });
  }

  get facts(): WatchdogFacts {
    return { ...this.watchdog.facts, peersDown: this.peers.down };
  }

  /** `webhookUrl`: where alerts are posted, if anywhere. */
  start(webhookUrl: string | undefined): void {
    // Without this peer's certificate, and with the public authorities: it is no part of the cluster.
    const http = new HttpClient();
    if (webhookUrl) void this.alerts.postTo(new Webhook({ url: webhookUrl, http, log: this.o.log }));
    this.watchdog.start();
    this.peers.start();
    for (const watch of this.pulsar) watch.start();
    for (const schedule of this.schedules) schedule.start();
  }

  async stop(): Promise<void> {
    await Promise.all([
      this.watchdog.stop(),
      this.peers.stop(),
      ...this.pulsar.map((watch) => watch.stop()),
      ...this.schedules.map((schedule) => schedule.stop()),
    ]);
    await this.alerts.stop();
  }

  private peerWatch(): PeerWatch {
    const { config, spec, leads, leader, stopped } = this.o;
    const others = spec.peers.filter((p) => p.name !== config.identity.name);
    const clients = new Map(
      others.map((p) => [p.name, peerClient(p, spec.ports.daemon, config.tls, PEER_MS)]),
    );
    return new PeerWatch({
      ...{ leads, leader, alerts: this.alerts },
      peers: others.map((p) => ({ node: p.name, ip: p.address })),
      quiet: () => stopped() !== undefined,
      ask: (node) => clients.get(node)!.health(),
    });
  }
}
