/** The client against real daemons' APIs over TLS: the way to the leader, streams that break, the very first contact. */
import * as net from "node:net";
import type { Duplex } from "node:stream";
import { DaemonClient, firstContact } from "../../../lib/api/client";
import { newToken, tokenSha256 } from "../../../lib/api/token";
import type { Job, JobLogLine } from "../../../lib/api/wire";
import { EventStream } from "../../../lib/daemon/api/event-stream";
import { listen } from "../../../lib/daemon/api/listen";
import { route, type Route } from "../../../lib/daemon/api/route";
import { connectTcp } from "../../../lib/daemon/peers";
import { createCa, issuePeerCert, type CertifiedKey } from "../../../lib/pki";
import { freePort } from "../../support/free-port";
import { quietApp } from "./api-support";

let ca: CertifiedKey;
let token: string;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  ca = await createCa("vectors");
  token = newToken(ca.certPem);
});
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

interface Served {
  readonly routes?: Route[];
  /** `host:port` of another; null: nobody leads. @default - this one leads */
  readonly leaderAt?: string | null;
  readonly address?: string;
  readonly authority?: CertifiedKey;
  readonly stepDown?: () => Promise<void>;
}

async function daemon({
  routes = [],
  leaderAt,
  address = "127.0.0.1",
  authority = ca,
  stepDown,
}: Served = {}) {
  const { certPem, keyPem } = await issuePeerCert(authority, { name: "peer-1", address, days: 1 });
  const port = await freePort();
  const app = quietApp({ ...(stepDown && { stepDown }), ca: () => ({ certPem: authority.certPem }) });
  const close = await listen({
    ...app,
    routes: [...app.routes, ...routes],
    leadership: { leads: () => leaderAt === undefined, address: async () => leaderAt ?? undefined },
    tokenSha256: () => tokenSha256(token),
    tls: { ca: authority.certPem, cert: certPem, key: keyPem },
    addresses: [address],
    port,
  });
  closing.push(close);
  return { port, address };
}

function clientOf(
  at: { port: number; address: string },
  connectTo?: (host: string, port: number) => Promise<Duplex>,
) {
  const connect = () => connectTcp(at.address, at.port);
  return new DaemonClient({ caPem: ca.certPem, servername: "peer-1", token, connect, connectTo });
}

describe("by IPv6 address", () => {
  test("first contact, requests, and the way to the leader", async () => {
    const stepDown = jest.fn(async () => undefined);
    const leader = await daemon({ address: "::1", stepDown });
    const connect = () => connectTcp("::1", leader.port);
    const peer = `[::1]:${leader.port}`;
    expect(await firstContact({ peer, token, connect })).toBe(ca.certPem);
    const direct = new DaemonClient({ caPem: ca.certPem, servername: "::1", token, connect });
    expect(await direct.version()).toHaveProperty("version");
    await clientOf(await daemon({ leaderAt: peer }), connectTcp).stepDown();
    expect(stepDown).toHaveBeenCalledTimes(1);
  });

  test("a certificate for another address is refused", async () => {
    const { port } = await daemon({ address: "::1" });
    const connect = () => connectTcp("::1", port);
    const other = new DaemonClient({ caPem: ca.certPem, servername: "fd00::9", token, connect });
    await expect(other.version()).rejects.toThrow(/fd00::9/);
  });
});

describe("what only the leader does", () => {
  test("is done by way of a follower, with the same token", async () => {
    const stepDown = jest.fn(async () => undefined);
    const leader = await daemon({ address: "127.0.0.2", stepDown });
    const follower = await daemon({ leaderAt: `127.0.0.2:${leader.port}` });
    await clientOf(follower, connectTcp).stepDown();
    expect(stepDown).toHaveBeenCalledTimes(1);
  });

  test("a 307 is followed once: two daemons that name each other do not keep a client busy", async () => {
    const second = await daemon({ address: "127.0.0.2", leaderAt: "127.0.0.1:1" });
    const first = await daemon({ leaderAt: `127.0.0.2:${second.port}` });
    await expect(clientOf(first, connectTcp).stepDown()).rejects.toMatchObject({ status: 307 });
  });

  test("a token goes to no daemon that lacks a certificate of this CA for that address", async () => {
    const stepDown = jest.fn(async () => undefined);
    const impostor = await daemon({ address: "127.0.0.2", authority: await createCa("vectors"), stepDown });
    const follower = await daemon({ leaderAt: `127.0.0.2:${impostor.port}` });
    await expect(clientOf(follower, connectTcp).stepDown()).rejects.toThrow(
      /self.signed|unable to verify|issuer/i,
    );
    expect(stepDown).not.toHaveBeenCalled();
  });

  test("who cannot connect elsewhere is told whom to ask", async () => {
    const follower = await daemon({ leaderAt: "198.18.0.12:19500" });
    await expect(clientOf(follower).stepDown()).rejects.toThrow(
      "peer-1: Temporary Redirect (307): the leader does this: ask it at https://198.18.0.12:19500",
    );
  });

  test("while nobody leads, the error carries when to try again", async () => {
    const app = await daemon({ leaderAt: null });
    const refused = { status: 503, retryAfterSeconds: 2 };
    await expect(clientOf(app, connectTcp).stepDown()).rejects.toMatchObject(refused);
  });
});

describe("a job's log", () => {
  const line = (seq: number): JobLogLine => ({
    seq,
    at: "2026-01-01T00:00:00Z",
    level: "info",
    text: `line ${seq}`,
  });
  const DONE = { id: "j1", state: "succeeded" } as Job;

  /** Sends two lines a connection and breaks it, until the fifth is out. */
  function breakingLog(asked: string[]): Route {
    return route({
      method: "GET",
      path: "/jobs/{id}/log",
      summary: "x",
      tag: "jobs",
      access: "member",
      replies: { 200: { description: "x", contentType: "text/event-stream" } },
      handle: async ({ headers, signal }) => {
        const after = Number(headers["last-event-id"]);
        asked.push(`after ${after}`);
        const events = new EventStream(signal);
        for (const seq of [after + 1, after + 2].filter((n) => n <= 5)) events.send("line", line(seq), seq);
        if (after + 2 > 5) events.send("end", DONE);
        setImmediate(() => (after + 2 > 5 ? events.end() : events.stream.destroy()));
        return { stream: events.stream };
      },
    });
  }

  test("comes whole and in order over broken connections, and ends with the job", async () => {
    const asked: string[] = [];
    const lines: number[] = [];
    const log = clientOf(await daemon({ routes: [breakingLog(asked)] })).jobLog("j1");
    let next = await log.next();
    for (; !next.done; next = await log.next()) lines.push(next.value.seq);
    expect(lines).toEqual([1, 2, 3, 4, 5]);
    expect(next.value).toEqual(DONE);
    expect(asked).toEqual(["after 0", "after 2", "after 4"]);
  });

  test("of a job that does not exist is refused at once", async () => {
    await expect(
      clientOf(await daemon())
        .jobLog("nope")
        .next(),
    ).rejects.toMatchObject({ status: 404 });
  });
});

test("a component's log is a stream", async () => {
  let text = "";
  for await (const chunk of await clientOf(await daemon()).logs("proxy", { tail: 2 })) text += String(chunk);
  expect(text).toBe("one\ntwo\n");
});

describe("the first contact", () => {
  const contact = (at: { port: number; address: string }, given = token) =>
    firstContact({ peer: "198.18.0.11", token: given, connect: () => connectTcp(at.address, at.port) });

  test("gives the CA that the token was made for", async () => {
    expect(await contact(await daemon())).toBe(ca.certPem);
  });

  test("with a daemon of another CA, or somebody in between, ends before anything is sent", async () => {
    const other = await daemon({ authority: await createCa("vectors") });
    await expect(contact(other)).rejects.toThrow(
      /^198\.18\.0\.11: its CA is not the one .* Nothing was sent there/,
    );
  });

  test("with half a token says so, and asks for the whole", async () => {
    await expect(contact(await daemon(), token.slice(0, 40))).rejects.toThrow("this is no token");
  });

  test("with something that is no daemon says so", async () => {
    const server = net.createServer((socket) => socket.end("SSH-2.0-OpenSSH\r\n")).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as net.AddressInfo;
    await expect(contact({ port, address: "127.0.0.1" })).rejects.toThrow(/its daemon cannot be reached/);
    server.close();
  });
});
