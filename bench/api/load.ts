/** Sends requests at a steady rate, whether or not earlier ones are answered, and tells how long each took from its due time. */
import * as https from "node:https";

export interface Load {
  readonly port: number;
  readonly ca: string;
  readonly token: string;
  readonly rate: number;
  readonly seconds: number;
}

/** Milliseconds. */
export interface Result {
  readonly sent: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
}

process.once("message", (load: Load) => {
  void run(load).then((result) => {
    process.send!(result);
    process.disconnect();
  });
});

async function run({ port, ca, token, rate, seconds }: Load): Promise<Result> {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 20, ca });
  const from = performance.now();
  const all: Promise<number | undefined>[] = [];
  while (all.length < rate * seconds) {
    const due = from + (all.length * 1000) / rate;
    if (due > performance.now()) await new Promise((resolve) => setTimeout(resolve, 1));
    else all.push(ask(agent, port, token).then((ok) => (ok ? performance.now() - due : undefined)));
  }
  const took = (await Promise.all(all)).filter((ms) => ms !== undefined).sort((a, b) => a - b);
  agent.destroy();
  const at = (part: number): number => took[Math.floor(took.length * part)] ?? NaN;
  return { sent: all.length, failed: all.length - took.length, p50: at(0.5), p99: at(0.99) };
}

function ask(agent: https.Agent, port: number, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}` };
    const o = { host: "127.0.0.1", port, path: "/status", servername: "peer-1", agent, headers };
    const request = https.get(o, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode === 200));
    });
    request.on("error", () => resolve(false));
  });
}
