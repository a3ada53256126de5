import { DaemonClient, DaemonError, firstContact } from "../../api/client";
import { connectTcp } from "../../daemon/peers";
import { hostPort } from "../../spec/host";
import { parseEndpoint } from "../arguments";
import { UsageError } from "../exit";

/** The daemon that admits peers, once it has shown that it is the one that the token was made for. */
export interface ClusterDesk {
  readonly daemon: DaemonClient;
  readonly caPem: string;
  /** host:port */
  readonly endpoint: string;
}

/** Nothing but the request for the CA is sent before the token's pin has said that this is the cluster. */
export async function openDesk(text: string, token: string): Promise<ClusterDesk> {
  const parsed = parseEndpoint(text);
  if (!parsed)
    throw new UsageError(`"${text}" is not host:port; give the address and port that init has printed`);
  const { host, port } = parsed;
  const endpoint = hostPort(host, port);
  const connect = (): ReturnType<typeof connectTcp> => connectTcp(host, port);
  const caPem = await firstContact({ connect, token, peer: endpoint });
  return { daemon: new DaemonClient({ caPem, servername: host, token, connect }), caPem, endpoint };
}

/** An answer of the cluster in the words of whoever joins. */
export function refusal(error: unknown): Error {
  if (!(error instanceof DaemonError)) return error as Error;
  if (error.status === 401 || error.status === 429) {
    return new Error(
      `${error.peer}: the cluster refuses this token: it was rotated, or mistyped; nothing has been changed`,
    );
  }
  if (error.status === 409) return new Error(`${error.peer}: ${error.problem.detail}`);
  return error;
}
