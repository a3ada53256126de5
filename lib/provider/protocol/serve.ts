import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { selfSignedLocalhost } from "../../pki";
import { log } from "../log";
import { grpcService } from "./grpc";
import { handshakeLine, invitation, NotInvitedError, socketPath, type Invitation } from "./handshake";
import type { ProviderService } from "./messages";
import { onOrphaned } from "./orphan";
import { GO_PLUGIN, TFPLUGIN6 } from "./tfplugin6";

/** As the official SDKs: room for large states. */
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;
/** go-plugin kills a plugin 2 s after it asked it to shut down. */
const SHUTDOWN_MS = 1_500;

/** Serves a provider to the Terraform that started this process, until that asks for a shutdown or goes away. */
export async function serve(provider: ProviderService): Promise<void> {
  try {
    await listen(provider, invitation(process.env));
  } catch (error) {
    // Terraform shows the first line on stdout; a person who started the program by hand sees it just as well.
    process.stdout.write(`${error instanceof NotInvitedError ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function listen(provider: ProviderService, invited: Invitation): Promise<void> {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  const stop = once(() => shutdown(server, provider));
  addProvider(server, provider);
  addGoPlugin(server, stop);
  const own = await selfSignedLocalhost();
  const socket = socketPath(invited.socketDir);
  await bind(server, `unix:${socket}`, credentials(invited, own));
  process.stdout.write(`${handshakeLine(socket, invited.clientCert ? own.certDer : undefined)}\n`);
  process.stderr.on("error", () => undefined); // a Terraform that died reads no log, and we have yet to end in order
  process.on("SIGINT", () => log.debug("left to Terraform: it gets the same signal and says what to do"));
  process.on("SIGTERM", stop);
  onOrphaned(() => {
    log.warn("terraform is gone: stopping");
    stop();
  });
}

function credentials(invited: Invitation, own: { certPem: string; keyPem: string }): ServerCredentials {
  if (!invited.clientCert) return ServerCredentials.createInsecure();
  const pair = { private_key: Buffer.from(own.keyPem), cert_chain: Buffer.from(own.certPem) };
  return ServerCredentials.createSsl(Buffer.from(invited.clientCert), [pair], true);
}

function bind(server: Server, address: string, creds: ServerCredentials): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, creds, (error) => (error ? reject(error) : resolve()));
  });
}

function addProvider(server: Server, provider: ProviderService): void {
  const methods = Object.entries(provider) as [string, (request: object) => Promise<object>][];
  const handlers = methods.map(([name, method]) => [
    name,
    (call: ServerUnaryCall<object, object>, reply: sendUnaryData<object>) => {
      method(call.request).then(
        (response) => reply(null, response),
        (error: Error) => {
          log.error(`${name}: ${error.stack}`);
          reply({ name, message: `${name}: ${error.message}` });
        },
      );
    },
  ]);
  server.addService(grpcService(TFPLUGIN6, "tfplugin6.Provider"), Object.fromEntries(handlers));
}

/** The broker and the standard streams are held open and stay silent: Terraform's providers need neither. */
function addGoPlugin(server: Server, stop: () => void): void {
  const silent = (call: ServerDuplexStream<object, object>): void => {
    call.on("error", () => call.end());
    call.on("end", () => call.end());
    call.on("cancelled", () => call.end());
  };
  server.addService(grpcService(GO_PLUGIN, "plugin.GRPCBroker"), { StartStream: silent });
  server.addService(grpcService(GO_PLUGIN, "plugin.GRPCStdio"), { StreamStdio: silent });
  server.addService(grpcService(GO_PLUGIN, "plugin.GRPCController"), {
    Shutdown: (_: unknown, reply: sendUnaryData<object>) => {
      reply(null, {});
      setImmediate(stop);
    },
  });
}

/** Cancels what runs, gives it a moment to end, and exits. */
async function shutdown(server: Server, provider: ProviderService): Promise<void> {
  setTimeout(() => process.exit(0), SHUTDOWN_MS).unref();
  await provider.StopProvider({});
  server.tryShutdown(() => process.exit(0));
}

function once(action: () => Promise<void>): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action().catch((error: Error) => log.error(`shutdown: ${error.message}`));
  };
}
