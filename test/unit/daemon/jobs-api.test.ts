import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Job, JobPage, JobTypeReply } from "../../../lib/api/wire";
import { createApp } from "../../../lib/daemon/api/app";
import { jobRoutes } from "../../../lib/daemon/api/routes/jobs";
import { Conflict } from "../../../lib/daemon/errors";
import { newJobId } from "../../../lib/daemon/jobs/ids";
import { jobLogStream } from "../../../lib/daemon/jobs/stream";
import { JOB_TYPES, jobTypes } from "../../../lib/daemon/jobs/types";
import { quietApp, TOKEN } from "./api-support";
import { Cluster, Gate, KEYS, soon, typeOf, type Peer } from "./jobs-support";

let cluster: Cluster;
let leader: Peer;
let gate: Gate;
let server: Server;
let isMember: boolean;
/** Of the peer whose API is asked. */
let leads: boolean;

beforeEach(async () => {
  cluster = new Cluster();
  gate = new Gate();
  isMember = true;
  leads = true;
  const types = [
    typeOf("quick", { one: ({ log }) => log("done at once") }),
    typeOf("slow", {
      one: async ({ log }) => {
        log("begun");
        await gate.pass();
        log("finished");
      },
    }),
  ];
  leader = cluster.add("peer-1", types);
  const deps = () => {
    if (!isMember) throw new Conflict("this peer is in no cluster yet");
    return { jobs: leader.engine, records: leader.records };
  };
  const app = createApp({
    ...quietApp(),
    routes: jobRoutes({ types: jobTypes(types), cluster: deps }),
    leadership: { leads: () => leads, address: async () => "198.18.0.12:19500" },
  });
  await app.ready();
  server = createServer((request, response) => app.routing(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  gate.open();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await cluster.close();
});

function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const { port } = server.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    redirect: "manual",
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

async function get<T>(path: string): Promise<T> {
  const answer = await ask("GET", path);
  expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  return (await answer.json()) as T;
}

async function detailOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { detail: string }).detail;
}

/** As an earlier leader has left them. */
function put(count: number, more: (i: number) => Partial<Job> = () => ({})): string[] {
  const ids: string[] = [];
  const newest = cluster.jobs().at(-1)?.id;
  for (let i = 0; i < count; i += 1) {
    const id = newJobId(Date.now(), ids.at(-1) ?? newest);
    const at = new Date().toISOString();
    const job: Job = {
      ...{ id, type: "quick", params: {}, state: "succeeded", steps: [], progress: 100, attempts: 1 },
      ...{ createdAt: at, endedAt: at },
      ...more(i),
    };
    cluster.store.put(KEYS.job(id), JSON.stringify(job));
    ids.push(id);
  }
  return ids;
}

interface Event {
  id?: string;
  event: string;
  data: string;
}

function eventsOf(text: string): Event[] {
  const blocks = text.split("\n\n").map((block) => block.split("\n").map((line) => line.split(/: (.*)/s)));
  return blocks.map((b) => Object.fromEntries(b) as Event).filter(({ event }) => event !== undefined);
}

async function logOf(id: string, query = "", headers: Record<string, string> = {}): Promise<Event[]> {
  const answer = await ask("GET", `/jobs/${id}/log${query}`, undefined, headers);
  expect(answer.headers.get("content-type")).toContain("text/event-stream");
  return eventsOf(await answer.text());
}

describe("POST /jobs", () => {
  it("answers 201 with the new job, and 200 with it when the key is sent again", async () => {
    cluster.elect(leader);
    const request = { type: "quick", idempotencyKey: "order-1" };
    const first = await ask("POST", "/jobs", request);
    const job = (await first.json()) as Job;
    expect([first.status, first.headers.get("location")]).toEqual([201, `/jobs/${job.id}`]);
    const second = await ask("POST", "/jobs", request);
    expect([second.status, ((await second.json()) as Job).id]).toEqual([200, job.id]);
  });

  it("says what is wrong with a request", async () => {
    cluster.elect(leader);
    const refused = async (body: unknown) => {
      const answer = await ask("POST", "/jobs", body);
      return [answer.status, await detailOf(answer)];
    };
    expect(await refused({ type: "nap" })).toEqual([
      400,
      '/type: there is no job type "nap"; there are: quick, slow',
    ]);
    expect(await refused({ type: "quick", params: { x: 1 } })).toEqual([
      400,
      expect.stringMatching(/^\/params: /),
    ]);
    expect(await refused({ type: "quick", idempotencyKey: "a/b" })).toEqual([
      400,
      "idempotencyKey: must be 1 to 128 letters, digits or _ . : -",
    ]);
    await ask("POST", "/jobs", { type: "quick", idempotencyKey: "k" });
    expect(await refused({ type: "slow", idempotencyKey: "k" })).toEqual([
      409,
      expect.stringContaining('"k"'),
    ]);
  });

  it("is answered by the leader alone", async () => {
    leads = false;
    const answer = await ask("POST", "/jobs?x=1", { type: "quick" });
    expect([answer.status, answer.headers.get("location")]).toEqual([
      307,
      "https://198.18.0.12:19500/jobs?x=1",
    ]);
    leads = true;
    // Its leadership has just ended, and nothing but the engine knows.
    expect((await ask("POST", "/jobs", { type: "quick" })).status).toBe(503);
  });

  it("is refused by a peer that is in no cluster", async () => {
    isMember = false;
    expect((await ask("POST", "/jobs", { type: "quick" })).status).toBe(409);
    expect((await ask("GET", "/jobs")).status).toBe(409);
  });
});

describe("GET /jobs", () => {
  it("gives a thousand jobs page by page, newest first, each once, also while new ones come", async () => {
    const ids = put(1_000);
    await soon("they are cached", () => leader.records.cached?.jobs.size === 1_000);
    const seen: string[] = [];
    let path: string | undefined = "/jobs?limit=300";
    for (let pages = 0; path !== undefined; pages += 1) {
      const page: JobPage = await get(path);
      seen.push(...page.jobs.map((j) => j.id));
      if (pages === 0) put(5);
      path = page.next && `/jobs?limit=300&after=${page.next}`;
    }
    expect(seen).toEqual([...ids].reverse());
    expect((await get<JobPage>("/jobs")).jobs).toHaveLength(50);
  });

  it("filters, and says at which revision", async () => {
    const ids = put(6, (i) => ({
      type: i % 2 ? "slow" : "quick",
      state: i < 4 ? "succeeded" : "failed",
    }));
    const answer = await ask("GET", "/jobs?type=slow&state=succeeded&linearizable=true");
    const { jobs } = (await answer.json()) as JobPage;
    expect(jobs.map((j) => j.id)).toEqual([ids[3], ids[1]]);
    expect(answer.headers.get("milvus-onprem-revision")).toBe(String(cluster.store.revision));
    expect((await ask("GET", "/jobs?limit=501")).status).toBe(400);
    expect((await ask("GET", "/jobs?state=done")).status).toBe(400);
    expect((await ask("GET", "/jobs?after=x")).status).toBe(400);
  });

  it("is answered from the cache without etcd; with quorum it says that there is none", async () => {
    put(1);
    await soon("it is cached", () => leader.records.cached?.jobs.size === 1);
    cluster.store.down = "no member answers";
    expect((await get<JobPage>("/jobs")).jobs).toHaveLength(1);
    const answer = await ask("GET", "/jobs?linearizable=true");
    expect([answer.status, await detailOf(answer)]).toEqual([503, "no quorum: no member answers"]);
    cluster.store.down = undefined;
  });
});

describe("GET /jobs/{id}", () => {
  it("shows a job, and says when there is none", async () => {
    const [id] = put(1);
    expect(await get<Job>(`/jobs/${id}`)).toMatchObject({ id, state: "succeeded" });
    expect((await ask("GET", "/jobs/000000000-000000")).status).toBe(404);
    expect((await ask("GET", "/jobs/../../etc")).status).toBe(404);
    expect((await ask("GET", "/jobs/what")).status).toBe(400);
  });
});

describe("GET /jobs/types", () => {
  it("describes the params of each", async () => {
    const { types } = await get<JobTypeReply>("/jobs/types");
    expect(types.map((t) => t.name)).toEqual(["quick", "slow"]);
    expect(types[0]!.params).toMatchObject({ type: "object", additionalProperties: false });
  });

  it("can be made of every type that there is", () => {
    const routes = jobRoutes({
      types: JOB_TYPES,
      cluster: () => ({ jobs: leader.engine, records: leader.records }),
    });
    const types = routes.find((r) => r.path === "/jobs/types")!;
    const none = {
      params: {},
      query: {},
      body: {},
      headers: {},
      requestId: "r",
      signal: new AbortController().signal,
    };
    return expect(types.handle(none)).resolves.toMatchObject({
      body: { types: [...JOB_TYPES.keys()].map((name) => ({ name, params: { type: "object" } })) },
    });
  });
});

describe("POST /jobs/{id}/cancel", () => {
  it("asks for the end of a job", async () => {
    cluster.elect(leader);
    const { job } = await leader.engine.submit({ type: "slow" });
    await soon("it runs", () => gate.arrived === 1);
    const answer = await ask("POST", `/jobs/${job.id}/cancel`);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      expect.objectContaining({ cancelRequested: true }),
    ]);
    gate.open();
    await cluster.ended(job.id);
    expect((await ask("POST", "/jobs/000000000-000000/cancel")).status).toBe(404);
  });
});

describe("GET /jobs/{id}/log", () => {
  it("follows a job from its first line to its end", async () => {
    cluster.elect(leader);
    const { job } = await leader.engine.submit({ type: "slow" });
    await soon("a line is written", () => cluster.log(job.id).some((l) => l.text === "begun"));
    const following = logOf(job.id);
    gate.open();
    const events = await following;
    const lines = events.filter((e) => e.event === "line").map((e) => JSON.parse(e.data) as { text: string });
    expect(lines.map((l) => l.text).slice(1)).toEqual(["Do one", "begun", "finished", "succeeded"]);
    expect(events.slice(0, -1).map((e) => e.id)).toEqual(["1", "2", "3", "4", "5"]);
    expect(events.at(-1)!.event).toBe("end");
    expect(JSON.parse(events.at(-1)!.data)).toMatchObject({ id: job.id, state: "succeeded" });
  });

  it("goes on behind the last line that the client has", async () => {
    cluster.elect(leader);
    const { job } = await leader.engine.submit({ type: "quick" });
    await cluster.ended(job.id);
    await soon("it is cached", async () => (await get<Job>(`/jobs/${job.id}`)).state === "succeeded");
    const ids = (events: Event[]) => events.map((e) => e.id ?? e.event);
    expect(ids(await logOf(job.id))).toEqual(["1", "2", "3", "4", "end"]);
    expect(ids(await logOf(job.id, "?after=3"))).toEqual(["4", "end"]);
    // A browser that comes back sends the number beside the address that it began with.
    expect(ids(await logOf(job.id, "?after=1", { "last-event-id": "2" }))).toEqual(["3", "4", "end"]);
    expect((await ask("GET", "/jobs/000000000-000000/log")).status).toBe(404);
  });

  it("says that it is there while the job is silent, and stops when the client has gone", async () => {
    const [id] = put(1, () => ({ state: "running", type: "nobody-leads" }));
    const { records } = leader;
    const gone = new AbortController();
    const job = (await records.read()).jobs.get(id!)!.value;
    const stream = jobLogStream({ records, job, after: 0, signal: gone.signal, keepAliveMs: 2 });
    let text = "";
    for await (const chunk of stream) {
      text += String(chunk);
      if (text.includes(": still here")) gone.abort();
    }
    expect(text).toMatch(/^retry: 1000\n\n(: still here\n\n)+$/);
  });
});
