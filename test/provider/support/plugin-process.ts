import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { Client, credentials, Metadata, type ChannelCredentials, type ServiceError } from "@grpc/grpc-js";
import type { CertifiedKey } from "../../../lib/pki";
import { grpcService } from "../../../lib/provider/protocol/grpc";
import { GO_PLUGIN, TFPLUGIN6 } from "../../../lib/provider/protocol/tfplugin6";

/** What Terraform sets when it starts a plugin. */
export const TERRAFORM_ENV = {
  TF_PLUGIN_MAGIC_COOKIE: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
  PLUGIN_PROTOCOL_VERSIONS: "5,6",
};

export interface Started {
  readonly process: ChildProcess;
  /** First line on stdout; empty when there was none. */
  readonly line: string;
  readonly exit: Promise<number | null>;
}

/** Starts a plugin as Terraform does, with nothing in its environment but the given. */
export async function startPlugin(program: string, env: NodeJS.ProcessEnv): Promise<Started> {
  const child = spawn(program, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exit = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const lines = createInterface(child.stdout);
  const line = await new Promise<string>((resolve, reject) => {
    child.on("error", reject);
    lines.once("line", resolve);
    lines.once("close", () => resolve(""));
  });
  return { process: child, line, exit };
}

/** The fields of a handshake line. */
export function handshake(line: string): { fields: string[]; socket: string; serverCert: Buffer } {
  const fields = line.split("|");
  return { fields, socket: fields[3] ?? "", serverCert: Buffer.from(fields[5] ?? "", "base64") };
}

/** A gRPC client that trusts the plugin's certificate alone and presents its own. */
export function connect(started: Started, own?: CertifiedKey): Client {
  const { socket, serverCert } = handshake(started.line);
  return new Client(`unix:${socket}`, tlsOf(serverCert, own), {
    "grpc.ssl_target_name_override": "localhost",
  });
}

function tlsOf(serverCert: Buffer, own?: CertifiedKey): ChannelCredentials {
  const pem = `-----BEGIN CERTIFICATE-----\n${serverCert.toString("base64")}\n-----END CERTIFICATE-----\n`;
  return credentials.createSsl(
    Buffer.from(pem),
    own ? Buffer.from(own.keyPem) : null,
    own ? Buffer.from(own.certPem) : null,
  );
}

const SERVICES = {
  ...grpcService(TFPLUGIN6, "tfplugin6.Provider"),
  ...grpcService(GO_PLUGIN, "plugin.GRPCController"),
};

/** Calls a method by its name; rejects with a ServiceError. */
export function call<R>(client: Client, method: string, request: object = {}): Promise<R> {
  const { path, requestSerialize, responseDeserialize } = SERVICES[method]!;
  const deadline = new Date(Date.now() + 20_000);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      { deadline },
      (error: ServiceError | null, response?: R) => (error ? reject(error) : resolve(response as R)),
    );
  });
}
