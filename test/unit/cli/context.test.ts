import { createCa } from "../../../lib/pki";
import { newToken } from "../../../lib/api/token";
import { FakeCluster, FakeDaemon } from "./fake-daemon";
import { Terminal } from "./terminal";

let cluster: FakeCluster;
let daemon: FakeDaemon;
let terminal: Terminal;
beforeEach(async () => {
  cluster = await FakeCluster.create();
  daemon = await FakeDaemon.start(cluster);
  terminal = new Terminal();
});
afterEach(async () => {
  await daemon.stop();
  terminal.close();
  delete process.env.MILVUS_ONPREM_TOKEN;
  delete process.env.MILVUS_ONPREM_CONTEXT;
});

const exported = (name = "vectors") => ({
  ...{ name, endpoints: [daemon.endpoint], caCertPem: cluster.ca.certPem, token: cluster.token },
});

describe("context add", () => {
  test("from a peer and a token file: learns every peer, keeps it where only the user can read it", async () => {
    cluster.status.peers = [
      ...cluster.status.peers.slice(0, 1),
      { name: "peer-2", address: "198.18.0.12", reachable: false, components: [] },
    ];
    const file = terminal.write("token", `${cluster.token}\n`);
    const added = await terminal.run(
      "context",
      "add",
      "prod",
      daemon.endpoint,
      "--token-file",
      file,
      "-o",
      "json",
    );
    const port = daemon.endpoint.split(":")[1];
    expect(JSON.parse(added.stdout)).toEqual({
      ...{ name: "prod", current: true, endpoints: [daemon.endpoint, `198.18.0.12:${port}`] },
      caSha256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    });
    expect(terminal.modes()).toEqual(["600", "700"]);
    expect(added.stdout + added.stderr).not.toContain(cluster.token);
    expect((await terminal.run("status")).code).toBe(0);
    cluster.status.peers = cluster.status.peers.slice(0, 1);
  });

  test("with the token in the environment", async () => {
    process.env.MILVUS_ONPREM_TOKEN = cluster.token;
    expect((await terminal.run("context", "add", "prod", daemon.endpoint)).code).toBe(0);
  });

  test("sends the token nowhere when the CA is not the one that it was made for", async () => {
    process.env.MILVUS_ONPREM_TOKEN = newToken((await createCa("vectors CA")).certPem);
    const { code, stderr } = await terminal.run("context", "add", "prod", daemon.endpoint);
    expect(code).toBe(1);
    expect(stderr).toContain("its CA is not the one that the token was made for");
    expect(daemon.requests.map((r) => r.what)).toEqual(["GET /ca"]);
    expect(terminal.knows()).toBe(false);
  });

  test.each([
    ["terraform output -json", (c: object) => ({ context: { sensitive: true, value: JSON.stringify(c) } })],
    ["terraform output -raw context", (c: object) => c],
    ["terraform output -json context", (c: object) => JSON.stringify(c)],
    [
      "cdktf output --outputs-file",
      (c: object) => ({ search: { context: JSON.stringify(c), endpoint: "x" } }),
    ],
  ])("from what %s prints", async (_, wrap) => {
    const file = terminal.write("outputs.json", JSON.stringify(wrap(exported())));
    expect((await terminal.run("context", "add", "prod", "--from", file)).stderr).toBe("");
    expect((await terminal.run("status", "--context", "prod")).code).toBe(0);
  });

  test("from the outputs of several clusters: the one of that name, or a question", async () => {
    const two = { a: JSON.stringify(exported("a")), b: JSON.stringify(exported("b")) };
    const file = terminal.write("outputs.json", JSON.stringify(two));
    expect((await terminal.run("context", "add", "b", "--from", file)).code).toBe(0);
    expect((await terminal.run("context", "add", "c", "--from", file)).stderr).toContain(
      "the contexts of a, b",
    );
  });

  test("is kept, with a warning, when no peer can be reached from here", async () => {
    const file = terminal.write("outputs.json", JSON.stringify(exported()));
    await daemon.stop();
    const { code, stderr } = await terminal.run("context", "add", "prod", "--from", file);
    expect(code).toBe(0);
    expect(stderr).toMatch(/prod is added, but cannot be used just now: .*cannot be reached/);
  });

  test.each([
    [["prod"], "give a peer's host:port and its token, or --from"],
    [["prod", "198.18.0.1", "--token-file", "t"], "cannot"],
    [["prod", "198.18.0.1:19500"], "no token"],
    [["../x", "198.18.0.1:19500"], "a name is letters"],
  ])("%j is refused", async (argv, words) => {
    const { code, stderr } = await terminal.run("context", "add", ...argv);
    expect(code).not.toBe(0);
    if (words !== "cannot") expect(stderr).toContain(words);
  });
});

test("list, use, show and remove", async () => {
  const file = terminal.write("outputs.json", JSON.stringify(exported()));
  for (const name of ["one", "two"]) await terminal.run("context", "add", name, "--from", file);
  const list = await terminal.run("context", "list", "-o", "json");
  expect(JSON.parse(list.stdout)).toMatchObject({
    current: "one",
    contexts: [{ name: "one" }, { name: "two" }],
  });
  expect(JSON.parse((await terminal.run("context", "use", "two", "-o", "json")).stdout)).toMatchObject({
    ...{ name: "two", current: true },
  });
  const shown = await terminal.run("context", "show");
  expect(shown.stdout).toContain("two (current)");
  expect(shown.stdout + list.stdout).not.toContain(cluster.token);
  expect((await terminal.run("context", "remove", "two")).code).toBe(0);
  expect(terminal.contexts).toMatchObject({ contexts: { one: {} } });
  expect((await terminal.run("status")).stderr).toContain("the contexts here are one");
  expect((await terminal.run("context", "use", "nobody")).code).toBe(2);
});

test("a file that others can read is refused, with what to do", async () => {
  const file = terminal.write("outputs.json", JSON.stringify(exported()));
  await terminal.run("context", "add", "prod", "--from", file);
  terminal.openToOthers();
  const { code, stderr } = await terminal.run("status");
  expect(code).toBe(1);
  expect(stderr).toMatch(/can be read by others \(mode 0644\): run chmod 600 /);
});

test("a peer that is down is passed over; when all are, each is told of", async () => {
  const down = await FakeDaemon.start(cluster);
  const endpoints = [down.endpoint, daemon.endpoint];
  await down.stop();
  const file = terminal.write("outputs.json", JSON.stringify({ ...exported(), endpoints }));
  await terminal.run("context", "add", "prod", "--from", file);
  expect((await terminal.run("status")).code).toBe(0);
  await daemon.stop();
  const { code, stderr } = await terminal.run("status");
  expect(code).toBe(1);
  expect(stderr).toContain("context prod");
  expect(stderr.match(/ECONNREFUSED/g)).toHaveLength(2);
});

test("a peer that is cut off is passed over", async () => {
  const cutOff = await FakeDaemon.start(cluster);
  const file = terminal.write(
    "o.json",
    JSON.stringify({ ...exported(), endpoints: [cutOff.endpoint, daemon.endpoint] }),
  );
  await terminal.run("context", "add", "prod", "--from", file);
  for (const one of [cutOff, daemon])
    one.instead["GET /spec"] = [[503, { title: "no quorum", detail: "cut off" }]];
  daemon.instead["GET /spec"] = [];
  expect((await terminal.run("urls")).code).toBe(0);
  await cutOff.stop();
});

test("the context of an option counts before that of the environment, that before the current one", async () => {
  const good = terminal.write("good.json", JSON.stringify(exported()));
  const bad = terminal.write("bad.json", JSON.stringify({ ...exported(), endpoints: ["127.0.0.1:1"] }));
  await terminal.run("context", "add", "bad", "--from", bad);
  await terminal.run("context", "add", "good", "--from", good);
  expect((await terminal.run("status")).code).toBe(1);
  process.env.MILVUS_ONPREM_CONTEXT = "good";
  expect((await terminal.run("status")).code).toBe(0);
  expect((await terminal.run("status", "--context", "bad")).code).toBe(1);
  expect((await terminal.run("status", "--context", "bad", "--ssh", "a@b")).code).toBe(2);
  expect((await terminal.run("status", "--context", "other")).code).toBe(2);
});
