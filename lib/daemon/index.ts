import { listen } from "./api/listen";
import { readConfig } from "./config";
import { Daemon } from "./daemon";
import { createLog } from "./log";
import { Redactor } from "./redact";
import { hostPorts } from "./runtime";
import { messageOf, within } from "./wait";

/** Docker kills a container 10 s after it asked it to stop. */
const STOP_MS = 8_000;

/** Runs the daemon of this peer until SIGTERM or SIGINT. */
export async function runDaemon(): Promise<void> {
  const redactor = new Redactor();
  const log = createLog(redactor);
  const config = await readConfig();
  const daemon = await Daemon.open({ config, host: hostPorts(config), redactor, log });
  const { address, daemonPort } = config.identity;
  const close = await listen({
    routes: daemon.routes(),
    leadership: daemon.leadership,
    tokenSha256: () => daemon.token.sha256,
    redactor,
    log,
    tls: config.tls,
    addresses: [address, "127.0.0.1"],
    port: daemonPort,
    onRenewed: (renew) => daemon.certificates.onRenewed(renew),
  });
  log.info({ address, port: daemonPort }, "listening");
  log.info({ signal: await stopSignal() }, "stopping");
  const stopped = Promise.all([close(), daemon.close()]);
  await within(STOP_MS, "stop", stopped).catch((error: unknown) => log.warn(messageOf(error)));
  // A request that is still under way must not keep the process.
  process.exit(0);
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, resolve);
  });
}
