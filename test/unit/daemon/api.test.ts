import * as https from "node:https";
import * as net from "node:net";
import { DaemonClient, DaemonError, DaemonUnreachableError } from "../../../lib/api/client";
import { createApp } from "../../../lib/daemon/api/app";
import { listen } from "../../../lib/daemon/api/listen";
import { Conflict } from "../../../lib/daemon/errors";
import { createLog } from "../../../lib/daemon/log";
import { connectTcp } from "../../../lib/daemon/peers";
import { askPeer } from "../../../lib/daemon/tasks/peer-request";
import { Redactor } from "../../../lib/daemon/redact";
import { createCa, issueMilvusCert, issuePeerCert, type CertifiedKey } from "../../../lib/pki";
import { freePort } from "../../support/free-port";
import { quietApp, TOKEN, tokenSha256, type AllActions } from "./api-support";
import { formRequest, SECRETS } from "./support";

describe("over TLS", () => {
  let ca: CertifiedKey;
  let server: CertifiedKey;
  let stranger: CertifiedKey;
  let milvus: CertifiedKey;
  let port: number;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ca = await createCa("vectors");
    server = await issuePeerCert(ca, { name: "peer-1", address: "127.0.0.1", days: 1 });
    stranger = await issuePeerCert(await createCa("vectors"), {
      name: "peer-1",
      address: "127.0.0.1",
      days: 1,
    });
    milvus = await issueMilvusCert(ca, { name: "peer-1", address: "127.0.0.1", days: 1 });
    port = await freePort();
    const tls = { ca: ca.certPem, cert: server.certPem, key: server.keyPem };
    const addresses = ["127.0.0.1", "127.0.0.1"];
    close = await listen({ ...quietApp(), tls, addresses, port });
  });
  afterAll(() => close());

  function client(o: { token?: string; as?: CertifiedKey; trust?: CertifiedKey; timeoutMs?: number } = {}) {
    return new DaemonClient({
      caPem: (o.trust ?? ca).certPem,
      servername: "peer-1",
      token: o.token,
      cert: o.as?.certPem,
      key: o.as?.keyPem,
      timeoutMs: o.timeoutMs,
      connect: () => connectTcp("127.0.0.1", port),
    });
  }

  test("health and version are open to anybody", async () => {
    expect(await client().health()).toEqual({ status: "ok", state: "unjoined" });
    expect(await client().version()).toEqual({ version: "0.1.0", node: "v20" });
  });

  const closed: [string, (c: DaemonClient) => Promise<unknown>][] = [
    ["GET /form", (c) => c.formProgress()],
    ["GET /status", (c) => c.status()],
    ["POST /form", (c) => c.form(formRequest("/data"))],
    ["GET /leader", (c) => c.leader()],
    ["GET /spec", (c) => c.spec()],
    ["GET /loaded", (c) => c.loaded()],
    ["POST /leader/step-down", (c) => c.stepDown()],
    ["GET /logs/proxy", (c) => c.logs("proxy").then((s) => s.destroy())],
    ["POST /teardown", (c) => c.teardown({ deleteData: true })],
  ];
  describe.each(closed)("%s", (_route, call) => {
    test.each([
      ["nothing", {}],
      ["a wrong token", { token: "wrong" }],
      ["the hash of the token", { token: tokenSha256 }],
    ])("is closed to %s", async (_who, o) => {
      await expect(call(client(o))).rejects.toMatchObject({ status: 401 });
    });
    test("is closed to a certificate of another CA", async () => {
      await expect(call(client({ as: stranger }))).rejects.toMatchObject({ status: 401 });
    });
    test("is closed to the certificate that Milvus has on the peer, but for the token", async () => {
      await expect(call(client({ as: milvus }))).rejects.toMatchObject({ status: 401 });
      await expect(call(client({ as: milvus, token: TOKEN }))).resolves.not.toThrow();
    });
    test("is open to the token, and to a peer's certificate", async () => {
      await expect(call(client({ token: TOKEN }))).resolves.not.toThrow();
      await expect(call(client({ as: server }))).resolves.not.toThrow();
    });
  });

  test("a daemon whose certificate another CA signed is not trusted", async () => {
    const other = await createCa("vectors");
    await expect(client({ trust: other, token: TOKEN }).status()).rejects.toThrow(DaemonUnreachableError);
  });

  test("a daemon that carries another name is not trusted", async () => {
    const o = { caPem: ca.certPem, servername: "peer-2", connect: () => connectTcp("127.0.0.1", port) };
    await expect(new DaemonClient(o).health()).rejects.toThrow(
      /^peer-2: its daemon cannot be reached: .*altnames/i,
    );
  });

  let posing: https.Server | undefined;
  afterEach(() => {
    posing?.closeAllConnections();
    posing?.close();
    posing = undefined;
  });

  test("what shows Milvus' certificate is not trusted, though it has the peer's name", async () => {
    const received: string[] = [];
    posing = https
      .createServer({ cert: milvus.certPem, key: milvus.keyPem }, (request, response) => {
        received.push(request.headers.authorization ?? "");
        response.end("{}");
      })
      .listen(0, "127.0.0.1");
    await new Promise((resolve) => posing!.once("listening", resolve));
    const { port: at } = posing!.address() as net.AddressInfo;
    const connect = () => connectTcp("127.0.0.1", at);
    const o = { caPem: ca.certPem, servername: "peer-1", token: TOKEN, connect };
    await expect(new DaemonClient(o).status()).rejects.toThrow(
      /^peer-1: its daemon cannot be reached: .*certificate of "milvus_client", which is no peer's/,
    );
    const tls = { ca: ca.certPem, cert: server.certPem, key: server.keyPem };
    const peer = { name: "peer-1", address: "127.0.0.1" };
    const signal = AbortSignal.timeout(5_000);
    await expect(askPeer({ peer, port: at, tls }, { method: "GET", path: "/", signal })).rejects.toThrow(
      /"milvus_client", which is no peer's/,
    );
    expect(received).toEqual([]);
  });

  test("nothing is sent without TLS", async () => {
    const socket = await connectTcp("127.0.0.1", port);
    socket.end("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
    const said = await new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (chunk) => (text += chunk.toString("latin1")));
      socket.on("error", () => resolve(text));
      socket.on("close", () => resolve(text));
    });
    expect(said).toMatch(/^HTTP\/1\.1 400 .*this port speaks HTTPS: write https:\/\//s);
  });

  test("a port that is taken is named", async () => {
    const tls = { ca: ca.certPem, cert: server.certPem, key: server.keyPem };
    const again = listen({ ...quietApp(), tls, addresses: ["127.0.0.1"], port });
    await expect(again).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: another process uses the port`);
  });

  test("a peer that swallows what is sent costs no more than the deadline, and is named", async () => {
    const silent = net.createServer(() => undefined).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port: deaf } = silent.address() as net.AddressInfo;
    const connect = () => connectTcp("127.0.0.1", deaf);
    const waiting = new DaemonClient({
      caPem: ca.certPem,
      servername: "peer-3",
      timeoutMs: 100,
      connect,
    }).status();
    await expect(waiting).rejects.toThrow(
      "peer-3: its daemon cannot be reached: no answer to GET /status within 100 ms",
    );
    silent.close();
  });

  test("an answer that is no problem document is still an error of that peer", async () => {
    const tls = { cert: server.certPem, key: server.keyPem };
    const stray = https
      .createServer(tls, (_, response) => response.writeHead(502).end("<html>"))
      .listen(0, "127.0.0.1");
    await new Promise((resolve) => stray.once("listening", resolve));
    const { port: at } = stray.address() as net.AddressInfo;
    const connect = () => connectTcp("127.0.0.1", at);
    const call = new DaemonClient({ caPem: ca.certPem, servername: "peer-1", connect }).status();
    await expect(call).rejects.toThrow(/peer-1: Bad Gateway \(502\): .*something else listen/);
    stray.close();
  });
});

describe("problems", () => {
  const lines: string[] = [];
  const redactor = new Redactor();
  redactor.learnCluster(SECRETS);
  const log = createLog(redactor, (line) => void lines.push(line));

  async function ask(
    change: Partial<AllActions>,
    method: string,
    path: string,
    payload?: object,
    token = TOKEN,
  ) {
    const app = createApp({ ...quietApp(change), redactor, log });
    const base = await app.listen({ host: "127.0.0.1", port: 0 });
    const headers = {
      authorization: `Bearer ${token}`,
      ...(payload && { "content-type": "application/json" }),
    };
    const reply = await fetch(base + path, { method, headers, body: payload && JSON.stringify(payload) });
    const text = await reply.text();
    await app.close();
    return { status: reply.status, type: reply.headers.get("content-type"), text, json: JSON.parse(text) };
  }

  test("a conflict is a 409 problem document", async () => {
    const form = async () => {
      throw new Conflict("tear it down first");
    };
    const payload = formRequest("/data") as object;
    const reply = await ask({ form }, "POST", "/form", payload);
    expect(reply.type).toMatch("application/problem+json");
    expect(reply.json).toEqual({
      type: "about:blank",
      title: "Conflict",
      status: 409,
      detail: "tear it down first",
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test("a request of the wrong shape names every path, and no value", async () => {
    const { spec, secrets } = formRequest("/data");
    const payload = {
      spec: { ...spec, ports: { ...spec.ports, lb: "80" } },
      secrets: { ...secrets, milvusRootPassword: 5 },
    };
    const reply = await ask({}, "POST", "/form", payload);
    expect(reply.status).toBe(400);
    expect(reply.json.detail).toMatch(/spec\.ports\.lb: .*; secrets\.milvusRootPassword: /);
    expect(reply.text).not.toContain(SECRETS.minioRootPassword);
  });

  test("a spec with fields that this version does not know is refused, not half understood", async () => {
    const { spec, secrets } = formRequest("/data");
    const payload = { spec: { ...spec, backup: {} }, secrets };
    const reply = await ask({}, "POST", "/form", payload);
    expect(reply.json.detail).toContain("backup");
  });

  test("a body beyond the limit is refused", async () => {
    const payload = { spec: "x".repeat(2 << 20) };
    const reply = await ask({}, "POST", "/form", payload);
    expect(reply.json).toMatchObject({ status: 413 });
  });

  test("an unknown route is a problem too, and not for strangers to find out", async () => {
    const known = await ask({}, "GET", "/nope");
    expect(known.json).toMatchObject({ status: 404, detail: "there is no GET /nope" });
    expect((await ask({}, "GET", "/nope", undefined, "")).status).toBe(401);
  });

  test("secrets are in no answer and no log line, even when an error carries one", async () => {
    lines.length = 0;
    const status = async () => {
      throw new Error(`login failed with ${SECRETS.milvusRootPassword}`);
    };
    const reply = await ask({ status }, "GET", "/status");
    expect(reply.json).toMatchObject({ status: 500, detail: "login failed with [secret]" });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join()).not.toContain(SECRETS.milvusRootPassword);
    expect(lines.join()).not.toContain(TOKEN);
  });

  test("errors are told with their problem's words", () => {
    const problem = { type: "about:blank", title: "Conflict", status: 409, detail: "tear it down first" };
    expect(new DaemonError("peer-1", 409, problem).message).toBe(
      "peer-1: Conflict (409): tear it down first",
    );
  });
});
