/** What holds for every route of the API, asked over real sockets. */
import { z } from "zod";
import { createApp, type AppOptions } from "../../../lib/daemon/api/app";
import { route } from "../../../lib/daemon/api/route";
import { Unavailable } from "../../../lib/daemon/errors";
import { createLog } from "../../../lib/daemon/log";
import { NotLeader } from "../../../lib/daemon/store/records";
import { quietApp, TOKEN } from "./api-support";

const opened: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(opened.splice(0).map((app) => app.close())));

async function serve(
  change: Partial<AppOptions> = {},
): Promise<(path: string, o?: RequestInit) => Promise<Response>> {
  const app = createApp({ ...quietApp(), ...change });
  opened.push(app as unknown as { close(): Promise<void> });
  const base = await app.listen({ host: "127.0.0.1", port: 0 });
  return (path, o = {}) =>
    fetch(base + path, {
      redirect: "manual",
      ...o,
      headers: { authorization: `Bearer ${TOKEN}`, ...(o.headers as Record<string, string>) },
    });
}

const problemOf = async (reply: Response): Promise<Record<string, unknown>> => {
  expect(reply.headers.get("content-type")).toMatch("application/problem+json");
  return (await reply.json()) as Record<string, unknown>;
};

describe("request ids", () => {
  test("a client's own is echoed, in the problem and in the log too", async () => {
    const lines: string[] = [];
    const o = quietApp();
    const ask = await serve({ ...o, log: createLog(o.redactor, (line) => void lines.push(line)) });
    const reply = await ask("/nope", { headers: { "x-request-id": "deploy-42" } });
    expect(reply.headers.get("x-request-id")).toBe("deploy-42");
    expect(await problemOf(reply)).toMatchObject({ requestId: "deploy-42" });
    expect(lines.map((l) => JSON.parse(l) as object)).toContainEqual(
      expect.objectContaining({ requestId: "deploy-42", status: 404 }),
    );
  });

  test.each(["", "with space", "x".repeat(65), "a\tb"])("%j is replaced by one of ours", async (given) => {
    const reply = await (await serve())("/health", { headers: { "x-request-id": given } });
    expect(reply.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("what does not exist", () => {
  test("a method that a path does not know is told from a path that does not exist", async () => {
    const ask = await serve();
    const wrong = await ask("/teardown", { method: "DELETE" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await problemOf(wrong)).toMatchObject({ detail: "/teardown knows POST, not DELETE" });
    expect((await ask("/teardowns", { method: "DELETE" })).status).toBe(404);
  });

  test.each([
    ["malformed JSON", "application/json", "{", 400],
    ["no JSON at all", "application/json", "", 400],
    ["another type", "application/xml", "<a/>", 415],
    ["poison", "application/json", '{"deleteData":true,"__proto__":{"x":1}}', 400],
  ])("a body that is %s", async (_what, type, body, status) => {
    const ask = await serve();
    const reply = await ask("/teardown", { method: "POST", body, headers: { "content-type": type } });
    expect((await problemOf(reply)).status).toBe(status);
  });

  test("a query says where it is wrong, and not what was given", async () => {
    const reply = await (await serve())("/logs/proxy?tail=hunter2");
    const { detail } = await problemOf(reply);
    expect(detail).toMatch(/^query tail: /);
    expect(detail).not.toContain("hunter2");
  });
});

describe("failed authentication", () => {
  const limit = { failedAuth: { points: 3, seconds: 60 } };
  const wrong = { headers: { authorization: "Bearer guess" } };

  test("after too many, an address is told to wait, and for how long", async () => {
    const ask = await serve(limit);
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await ask("/status", wrong)).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    const refused = await ask("/status", wrong);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expect(await problemOf(refused)).toMatchObject({ status: 429 });
  });

  test("a right token from that address goes on being served: nobody can lock the operator out", async () => {
    const ask = await serve(limit);
    for (let i = 0; i < 5; i++) await ask("/status", wrong);
    expect((await ask("/status")).status).toBe(200);
    expect((await ask("/health", wrong)).status).toBe(200);
  });

  test("a token that was rotated is refused from that moment on", async () => {
    let tokenSha256 = quietApp().tokenSha256();
    const ask = await serve({ tokenSha256: () => tokenSha256 });
    expect((await ask("/status")).status).toBe(200);
    tokenSha256 = "0".repeat(64);
    expect((await ask("/status")).status).toBe(401);
  });
});

describe("what only the leader does", () => {
  const stepDown = { method: "POST" };

  test("a follower sends clients there, path and query included", async () => {
    const leadership = { leads: () => false, address: async () => "198.18.0.12:19500" };
    const reply = await (await serve({ leadership }))("/leader/step-down?x=1", stepDown);
    expect([reply.status, reply.headers.get("location")]).toEqual([
      307,
      "https://198.18.0.12:19500/leader/step-down?x=1",
    ]);
  });

  test.each([
    ["nobody leads", async () => undefined],
    ["etcd does not answer", () => Promise.reject(new Error("no quorum"))],
  ])("%s: 503, and when to try again", async (_why, address) => {
    const reply = await (
      await serve({ leadership: { leads: () => false, address } })
    )("/leader/step-down", stepDown);
    expect([reply.status, reply.headers.get("retry-after")]).toEqual([503, "2"]);
  });

  test("strangers are not sent anywhere", async () => {
    const leadership = { leads: () => false, address: async () => "198.18.0.12:19500" };
    const ask = await serve({ leadership });
    expect((await ask("/leader/step-down", { ...stepDown, headers: { authorization: "" } })).status).toBe(
      401,
    );
  });
});

describe("what a handler throws", () => {
  const thrown = (error: Error) =>
    serve({
      routes: [
        route({
          method: "GET",
          path: "/boom/{n}",
          summary: "x",
          tag: "peer",
          access: "member",
          params: z.object({ n: z.coerce.number() }),
          replies: {},
          handle: () => Promise.reject(error),
        }),
      ],
    });

  test.each([
    [new Unavailable("peer-3 is away", 7), 503, "7"],
    [new NotLeader("term 4 has ended"), 503, "2"],
    [new Error("disk full"), 500, null],
  ])("%p", async (error, status, retry) => {
    const reply = await (await thrown(error))("/boom/1");
    expect([reply.status, reply.headers.get("retry-after")]).toEqual([status, retry]);
    expect(await problemOf(reply)).toMatchObject({ detail: error.message });
  });
});
