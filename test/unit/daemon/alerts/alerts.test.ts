import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { alertLine } from "../../../../lib/daemon/alerts/alert";
import { Alerts } from "../../../../lib/daemon/alerts/alerts";
import { gaveUp, released, restarted } from "../../../../lib/daemon/alerts/component";
import { peerDown, peerUp } from "../../../../lib/daemon/alerts/peer";
import { Webhook } from "../../../../lib/daemon/alerts/webhook";
import { HttpClient } from "../../../../lib/daemon/http";
import { Redactor } from "../../../../lib/daemon/redact";
import type { AlertFormat } from "../../../../lib/spec/spec";
import { eventually } from "../../../support/eventually";
import { MemoryLog, SECRETS } from "../support";

const PEER = { node: "peer-3", ip: "198.18.0.13" };
const PATH = "/services/T0/B0/key-of-the-webhook";

/** A receiver of webhooks that answers what a test says, then 200. */
class Receiver {
  readonly bodies: unknown[] = [];
  readonly requests: http.IncomingMessage[] = [];
  statuses: number[] = [];
  private readonly server = http.createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const status = this.statuses.shift() ?? 200;
      this.requests.push(request);
      if (status === 200) this.bodies.push(JSON.parse(text));
      response.writeHead(status).end();
    });
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${PATH}`;
  }
  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

let receiver: Receiver;
let url: string;
let log: MemoryLog;
let webhook: Webhook;
let lines: string[];
const redactor = new Redactor();
redactor.learnCluster(SECRETS);

beforeEach(async () => {
  receiver = new Receiver();
  url = await receiver.open();
  log = new MemoryLog();
  lines = [];
  webhook = webhookTo(url);
});
afterEach(async () => {
  await webhook.stop();
  await receiver.close();
});

function webhookTo(to: string, attempts?: number): Webhook {
  return new Webhook({ url: to, http: new HttpClient(), log: log.log, firstPauseMs: 1, attempts });
}

async function alertsIn(format: AlertFormat): Promise<Alerts> {
  const redact = (text: string): string => redactor.text(text);
  const write = (line: string): void => void lines.push(line);
  const alerts = new Alerts({ cluster: "vectors", log: log.log, redact, format: () => format, write });
  await alerts.postTo(webhook);
  return alerts;
}

const received = (count: number): Promise<void> =>
  eventually(`${count} alerts are received`, 10_000, async () => receiver.bodies.length === count);

test("the lines, as a parser of logfmt reads them", () => {
  const component = { node: "peer-1", component: "proxy", reason: 'said "no"' };
  const loop = { restarts: 3, windowMs: 300_000, action: "stopped" as const };
  const all = [
    peerDown(PEER, 3, 30_000),
    peerUp(PEER, 95_400),
    restarted({ ...component, by: "watchdog", count: 2 }),
    gaveUp({ ...component, ...loop }),
    released("peer-1", "proxy", 61_000),
  ];
  expect(all.map(alertLine)).toEqual([
    "PEER_DOWN_ALERT node=peer-3 ip=198.18.0.13 ticks=3 down_for=30s",
    "PEER_UP_ALERT node=peer-3 ip=198.18.0.13 was_down=95s",
    'COMPONENT_RESTART node=peer-1 component=proxy reason="said \\"no\\"" by=watchdog count=2',
    'COMPONENT_RESTART_LOOP node=peer-1 component=proxy restarts=3 window=300s action=stopped reason="said \\"no\\""',
    "COMPONENT_RESTART_LOOP node=peer-1 component=proxy action=released after=61s",
  ]);
});

test("a line goes to stdout and to the log, webhook or not", async () => {
  const alerts = await alertsIn("slack");
  await alerts.postTo(undefined);
  alerts.raise(peerUp(PEER, 95_000));
  expect(lines).toEqual(["PEER_UP_ALERT node=peer-3 ip=198.18.0.13 was_down=95s\n"]);
  expect(log.lines.join()).toContain('"alert":"PEER_UP_ALERT"');
});

test("Alertmanager: the return resolves the very alert of the loss", async () => {
  const alerts = await alertsIn("alertmanager");
  alerts.raise(peerDown(PEER, 3, 30_000));
  alerts.raise(peerUp(PEER, 95_000));
  await received(2);
  const [[down], [up]] = receiver.bodies as [[Posted], [Posted]];
  expect(down.labels).toEqual({
    alertname: "PEER_DOWN_ALERT",
    cluster: "vectors",
    severity: "critical",
    ...PEER,
  });
  expect(up.labels).toEqual(down.labels);
  expect(Date.parse(down.endsAt)).toBeGreaterThan(Date.now() + 3600_000);
  expect(Date.parse(up.endsAt)).toBeLessThanOrEqual(Date.now());
  expect(Date.parse(up.endsAt) - Date.parse(up.startsAt)).toBe(95_000);
  expect(down.annotations.description).toBe(
    "PEER_DOWN_ALERT node=peer-3 ip=198.18.0.13 ticks=3 down_for=30s",
  );
});

test("Alertmanager: a restart loop has the same labels, whatever its counts", async () => {
  const alerts = await alertsIn("alertmanager");
  const loop = { node: "peer-1", component: "proxy", restarts: 3, windowMs: 300_000, reason: "unhealthy" };
  alerts.raise(gaveUp({ ...loop, action: "stopped" }));
  alerts.raise(released("peer-1", "proxy", 61_000));
  await received(2);
  const [[stopped], [again]] = receiver.bodies as [[Posted], [Posted]];
  expect(again.labels).toEqual(stopped.labels);
  expect(again.labels).toMatchObject({ alertname: "COMPONENT_RESTART_LOOP", component: "proxy" });
});

test("Slack: a text with what happened and the line, nothing that Slack would read as markup", async () => {
  const alerts = await alertsIn("slack");
  alerts.raise(
    restarted({ node: "peer-1", component: "proxy", reason: "<!channel>", by: "docker", count: 1 }),
  );
  await received(1);
  const { text } = receiver.bodies[0] as { text: string };
  expect(text).toContain("[vectors] proxy on peer-1 is restarted by docker");
  expect(text).toContain("&lt;!channel&gt;");
});

test("no secret in any of it", async () => {
  const alerts = await alertsIn("slack");
  const reason = `login with ${SECRETS.minioRootPassword} failed`;
  alerts.raise(restarted({ node: "peer-1", component: "minio", reason, by: "docker", count: 1 }));
  await received(1);
  expect(JSON.stringify([lines, receiver.bodies])).not.toContain(SECRETS.minioRootPassword);
});

test("a receiver that is busy gets it again, in order, as JSON", async () => {
  receiver.statuses = [503, 429, 500];
  webhook.post('{"n":1}');
  webhook.post('{"n":2}');
  await received(2);
  expect(receiver.bodies).toEqual([{ n: 1 }, { n: 2 }]);
  expect(receiver.requests).toHaveLength(5);
  expect(receiver.requests[0]).toMatchObject({ method: "POST", url: PATH });
  expect(receiver.requests[0]!.headers["content-type"]).toBe("application/json");
});

test("one that refuses it is not asked again; the next alert goes out", async () => {
  receiver.statuses = [400];
  webhook.post('{"n":1}');
  webhook.post('{"n":2}');
  await received(1);
  expect(receiver.bodies).toEqual([{ n: 2 }]);
  expect(log.lines.join()).toContain("the receiver answers 400: this alert is given up");
});

test("one that is not there: given up after the last attempt, and the URL is in no log", async () => {
  await receiver.close();
  const gone = webhookTo(url, 3);
  gone.post("{}");
  const given = "ECONNREFUSED: this alert is given up";
  await eventually("it is given up", 10_000, async () => log.lines.join().includes(given));
  await gone.stop();
  expect(log.lines.join()).not.toMatch(/key-of-the-webhook|127\.0\.0\.1/);
  expect(log.lines).toHaveLength(2);
  await receiver.open();
});

test("a receiver that is away for long fills no memory: the oldest go", async () => {
  receiver.statuses = Array<number>(5).fill(503);
  for (let n = 0; n < 150; n++) webhook.post(JSON.stringify({ n }));
  await eventually("the newest is received", 20_000, async () =>
    receiver.bodies.some((b) => (b as { n: number }).n === 149),
  );
  expect(receiver.bodies.length).toBeLessThanOrEqual(101);
  expect(log.lines.join()).toContain("the oldest is given up");
});

test("stops at once, whatever waits", async () => {
  receiver.statuses = Array<number>(1_000).fill(503);
  const slow = new Webhook({ url, http: new HttpClient(), log: log.log, firstPauseMs: 60_000 });
  slow.post("{}");
  await eventually("it was tried", 10_000, async () => receiver.requests.length === 1);
  await slow.stop();
});

interface Posted {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}
