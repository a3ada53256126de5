import { setTimeout as sleep } from "node:timers/promises";
import type { DaemonClient } from "../../api/client";
import type { FormProgress, StatusReply } from "../../api/wire";
import { EXIT } from "../exit";
import { note } from "../output";
import { ProgressLine } from "../progress";

export interface FormedOptions {
  readonly timeoutSeconds: number;
  readonly progress?: ProgressLine;
  /** @default 1000 */
  readonly pollMs?: number;
}

/** First leader elected, every health check passed once. */
const SETTLE_MS = 90_000;

/** As `formed`, and tells how it went; returns the exit code. */
export async function waitFormed(daemon: DaemonClient, { timeout }: { timeout: number }): Promise<number> {
  const { health, endpoints } = await formed(daemon, { timeoutSeconds: timeout });
  note(`the cluster is formed, its health is ${health}; clients connect to ${endpoints.join(", ")}`);
  if (health === "degraded") return EXIT.degraded;
  return health === "ok" ? EXIT.ok : EXIT.failed;
}

/** Waits until this peer belongs to a formed cluster and tells what is waited for; returns the status then. */
export async function formed(daemon: DaemonClient, o: FormedOptions): Promise<StatusReply> {
  const line = o.progress ?? new ProgressLine();
  const end = performance.now() + o.timeoutSeconds * 1000;
  try {
    for (;;) {
      const now = await look(daemon);
      if (now === undefined) return await settled(daemon, line, o.pollMs);
      if (performance.now() > end) throw new Error(late(now, o.timeoutSeconds));
      line.show(now);
      await sleep(o.pollMs ?? 1_000);
    }
  } finally {
    line.end();
  }
}

/** What is waited for; undefined once this peer is a member. */
async function look(daemon: DaemonClient): Promise<string | undefined> {
  try {
    const [form, status] = await Promise.all([daemon.formProgress(), daemon.status({ localOnly: true })]);
    if (form.state === "done") return undefined;
    return running(form) ?? status.waitingFor ?? "the cluster is about to be formed";
  } catch (error) {
    return (error as Error).message;
  }
}

function running({ steps, error }: FormProgress): string | undefined {
  const step = steps.find((s) => s.state === "running");
  if (!step) return error;
  return step.detail ? `${step.title} (${step.detail})` : step.title;
}

async function settled(daemon: DaemonClient, line: ProgressLine, pollMs = 1_000): Promise<StatusReply> {
  const end = performance.now() + SETTLE_MS;
  for (;;) {
    const status = await daemon.status();
    if ((status.health === "ok" && status.leader) || performance.now() > end) return status;
    line.show(`the cluster is formed; its health is ${status.health} yet`);
    await sleep(pollMs);
  }
}

function late(now: string, seconds: number): string {
  return `the cluster was not formed within ${seconds} s; it is waited for: ${now}. It goes on by itself: see milvus-onprem status`;
}
