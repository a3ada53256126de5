import * as net from "node:net";
import { DaemonClient } from "../api/client";
import { hostPort } from "../spec/host";
import type { PeerAddress } from "../spec/spec";

export interface PeerTls {
  readonly ca: string;
  /** Replaced when it is renewed: whoever connects reads it then. */
  cert: string;
  readonly key: string;
}

/** Client of another peer's daemon, with this peer's certificate. */
export function peerClient(peer: PeerAddress, port: number, tls: PeerTls, timeoutMs: number): DaemonClient {
  return new DaemonClient({
    caPem: tls.ca,
    get cert() {
      return tls.cert;
    },
    key: tls.key,
    servername: peer.name,
    timeoutMs,
    connect: () => connectTcp(peer.address, port),
  });
}

/** Opens a TCP connection; the caller's own deadline destroys it if it comes too late. */
export function connectTcp(host: string, port: number, timeoutMs = 10_000): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, timeout: timeoutMs });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.once("error", fail);
    socket.once("timeout", () =>
      fail(new Error(`no connection to ${hostPort(host, port)} in ${timeoutMs / 1000} s`)),
    );
    socket.once("connect", () => {
      socket.removeListener("error", fail);
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}
