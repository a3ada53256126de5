import * as https from "node:https";
import { z } from "zod";
import { TermGate } from "../../../lib/daemon/tasks/term-gate";
import { RemoteTasks } from "../../../lib/daemon/tasks/remote";
import { TERM_HEADER, type PeerTask } from "../../../lib/daemon/tasks/task";
import { createCa, issueMilvusCert, issuePeerCert } from "../../../lib/pki";
import { eventually } from "../../support/eventually";
import { Peers } from "./peers-support";
import { temporaryDir } from "./support";

const greet: PeerTask<{ name: string }, { said: string }> = {
  name: "greet",
  params: z.strictObject({ name: z.string() }),
  run: async ({ name }, { config }) => ({ said: `${name}, from ${config.identity.name}` }),
};
const fail: PeerTask<Record<string, never>, unknown> = {
  name: "fail",
  params: z.strictObject({}),
  run: async () => {
    throw new Error("the disk is full");
  },
};
const stopped: string[] = [];
const hang: PeerTask<Record<string, never>, unknown> = {
  name: "hang",
  params: z.strictObject({}),
  run: (_, { signal, config }) =>
    new Promise(() => signal.addEventListener("abort", () => stopped.push(config.identity.name))),
};

const dir = temporaryDir();
let peers: Peers;
beforeEach(async () => {
  stopped.length = 0;
  peers = await Peers.start(dir.path(), [greet, fail, hang] as unknown as PeerTask[]);
});
afterEach(() => peers.stop());

test.each(["peer-1", "peer-2"])("a leader has %s do a task", async (name) => {
  const { tasks } = peers.elect("peer-1");
  expect(await tasks.run(name, greet, { name: "hello" })).toEqual({ said: `hello, from ${name}` });
});

test.each(["peer-1", "peer-2"])("what goes wrong on %s is told with its name", async (name) => {
  const { tasks } = peers.elect("peer-1");
  await expect(tasks.run(name, fail, {})).rejects.toThrow(`${name}: the disk is full`);
});

test("whoever does not lead has nothing done", async () => {
  peers.elect("peer-1");
  await expect(peers.of("peer-2").tasks.run("peer-3", greet, { name: "x" })).rejects.toThrow(
    "peer-2 no longer leads",
  );
});

describe("a leader of a term that has ended", () => {
  function deposed(): RemoteTasks {
    const { config } = peers.elect("peer-1");
    const term = peers.termOf("peer-1");
    return new RemoteTasks({
      ...{ identity: config.identity, tls: config.tls, spec: () => peers.spec, gate: new TermGate() },
      term: () => term,
      context: (signal) => peers.of("peer-1").taskContext(signal),
    });
  }

  test("is refused by a peer that its successor has asked something", async () => {
    const old = deposed();
    expect(await old.run("peer-3", greet, { name: "x" })).toBeDefined();
    await peers.elect("peer-2").tasks.run("peer-3", greet, { name: "y" });
    await expect(old.run("peer-3", greet, { name: "x" })).rejects.toThrow(/^peer-3: term \d+ has ended/);
  });

  test("is refused by a peer that has only seen its successor in etcd", async () => {
    const old = deposed();
    peers.elect("peer-2");
    const { gate, records } = peers.of("peer-3");
    const stop = records.onChange(({ leader }) => gate.saw(leader?.term));
    await eventually("peer-3 sees who leads", 5_000, async () => records.cached?.leader?.peer === "peer-2");
    gate.saw(records.cached!.leader!.term);
    await expect(old.run("peer-3", greet, { name: "x" })).rejects.toThrow(/^peer-3: term \d+ has ended/);
    stop();
  });
});

test("params that do not fit are refused with their path, before anything is done", async () => {
  const { tasks } = peers.elect("peer-1");
  await expect(tasks.run("peer-2", greet, { name: 5 } as unknown as { name: string })).rejects.toThrow(
    /^peer-2: name: /,
  );
});

test("a task that another version has is told from one that fails", async () => {
  const { tasks } = peers.elect("peer-1");
  await expect(tasks.run("peer-2", { ...greet, name: "dance" }, { name: "x" })).rejects.toThrow(
    'peer-2: this version knows no task "dance"',
  );
});

test("a peer that is down is named, with the reason", async () => {
  const { tasks } = peers.elect("peer-1");
  await peers.of("peer-3").down();
  await expect(tasks.run("peer-3", greet, { name: "x" })).rejects.toThrow(
    /^peer-3: its daemon cannot be reached: .*ECONNREFUSED/,
  );
});

test.each(["peer-1", "peer-2"])("a task of %s that takes too long is given up, and told so", async (name) => {
  const { tasks } = peers.elect("peer-1");
  await expect(tasks.run(name, hang, {}, { deadlineMs: 500 })).rejects.toThrow(`${name}: hang`);
  await eventually("the task hears of it", 5_000, async () => stopped.includes(name));
});

test("another peer at that address is not taken for it", async () => {
  const { config, gate } = peers.elect("peer-1");
  const [one, two, three] = peers.spec.peers;
  const spec = { ...peers.spec, peers: [one!, { ...two!, address: three!.address }, three!] };
  const term = (): string | undefined => peers.termOf("peer-1");
  const context = peers.of("peer-1").taskContext.bind(peers.of("peer-1"));
  const tasks = new RemoteTasks({
    ...{ identity: config.identity, tls: config.tls, spec: () => spec, gate, term, context },
  });
  await expect(tasks.run("peer-2", greet, { name: "x" })).rejects.toThrow(/^peer-2: .*altnames/i);
});

describe("the route", () => {
  function post(o: https.RequestOptions): Promise<{ status?: number; text: string }> {
    const { address } = peers.spec.peers[1]!;
    const headers = { "content-type": "application/json", [TERM_HEADER]: "99", ...o.headers };
    return new Promise((resolve, reject) => {
      const request = https.request(
        { host: address, port: peers.spec.ports.daemon, servername: "peer-2", method: "POST", ...o, headers },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          response.on("end", () => resolve({ status: response.statusCode, text }));
        },
      );
      request.on("error", reject).end('{"name":"x"}');
    });
  }
  const path = "/internal/tasks/greet";

  test("is closed to the bearer token, to certificates of another CA, and to Milvus'", async () => {
    const ca = peers.ca.certPem;
    const names = { name: "peer-1", address: "127.0.0.11", days: 1 };
    const stranger = await issuePeerCert(await createCa("test"), names);
    const milvus = await issueMilvusCert(peers.ca, names);
    const token = { authorization: "Bearer some-token" };
    expect((await post({ path, ca, headers: token })).status).toBe(401);
    expect((await post({ path, ca, cert: stranger.certPem, key: stranger.keyPem })).status).toBe(401);
    expect((await post({ path, ca, cert: milvus.certPem, key: milvus.keyPem })).status).toBe(401);
  });

  test.each([undefined, "", "abc", "-1", "1e9"])("wants the leader's term, not %p", async (term) => {
    const { tls } = peers.of("peer-1").config;
    const headers = { [TERM_HEADER]: term };
    const reply = await post({ path, ...tls, headers: term === undefined ? { [TERM_HEADER]: [] } : headers });
    expect(reply.status).toBe(400);
    expect(reply.text).toContain(TERM_HEADER);
  });

  test("answers 409 to a term that is older than one it has seen", async () => {
    const { tls } = peers.of("peer-1").config;
    expect((await post({ path, ...tls })).status).toBe(200);
    expect((await post({ path, ...tls, headers: { [TERM_HEADER]: "98" } })).status).toBe(409);
  });

  test.each(["..%2f..%2fetc%2fpasswd", "x.db", "20261123T235301Z-a.db.part"])(
    "to a snapshot takes no other name than a snapshot's: %s",
    async (name) => {
      const { tls } = peers.of("peer-1").config;
      const reply = await post({ path: `/internal/etcd-snapshots/${name}`, ...tls, method: "GET" });
      expect(reply.status).toBe(400);
    },
  );
});
