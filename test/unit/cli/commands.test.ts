import type { StatusReply } from "../../../lib/api/wire";
import { smokeText } from "../../../lib/cli/commands/smoke";
import { statusExit, statusText } from "../../../lib/cli/commands/status";
import { main } from "../../../lib/cli/main";
import { sshTargets } from "../../../lib/cli/remote";
import { parseSshTarget } from "../../../lib/cli/ssh-target";

const STATUS: StatusReply = {
  cluster: { id: "c1", name: "vectors", version: "v2.3.5", generation: 1 },
  leader: { peer: "peer-2", term: "681" },
  endpoints: ["198.18.0.11:19537", "198.18.0.12:19537"],
  resilience: [],
  health: "degraded",
  peers: [
    {
      name: "peer-1",
      address: "198.18.0.11",
      reachable: true,
      state: "member",
      components: [
        { name: "etcd", health: "healthy", detail: "leader" },
        { name: "proxy", health: "stopped", detail: "Exited (1) 3 seconds ago" },
      ],
    },
    {
      name: "peer-2",
      address: "198.18.0.12",
      reachable: false,
      components: [],
      error: "connect EHOSTUNREACH",
    },
  ],
};

test("status for people", () => {
  expect(statusText(STATUS)).toMatchInlineSnapshot(`
   "cluster    vectors, Milvus v2.3.5, generation 1
   health     degraded
   leader     peer-2 (term 681)
   endpoints  198.18.0.11:19537, 198.18.0.12:19537

   PEER    ADDRESS      STATE        COMPONENT  HEALTH   DETAIL
   peer-1  198.18.0.11  member       etcd       healthy  leader
                                     proxy      stopped  Exited (1) 3 seconds ago
   peer-2  198.18.0.12  unreachable                      connect EHOSTUNREACH"
  `);
});

test.each([
  ["ok", 0],
  ["degraded", 3],
  ["down", 1],
  ["unformed", 1],
] as const)("status exits for %s with %i", (health, code) => {
  expect(statusExit({ ...STATUS, health })).toBe(code);
});

test("smoke for people", () => {
  const checks = [
    { name: "connect", ok: true, ms: 12 },
    { name: "load", ok: false, ms: 120000, detail: "load: not there after 120 s: 0 %" },
  ];
  expect(smokeText({ ok: false, checks })).toMatchInlineSnapshot(`
   "CHECK    RESULT  TIME   DETAIL
   connect  ok      12 ms
   load     FAILED  2 min  load: not there after 120 s: 0 %

   smoke test FAILED"
  `);
});

describe("--ssh", () => {
  test.each([
    ["root@198.18.0.11", { user: "root", host: "198.18.0.11", port: undefined }],
    ["ops@vm.example:2222", { user: "ops", host: "vm.example", port: 2222 }],
    ["root@[2001:db8::1]:22", { user: "root", host: "2001:db8::1", port: 22 }],
    ["root@[2001:db8::1]", { user: "root", host: "2001:db8::1", port: undefined }],
    ["root@2001:db8::1", { user: "root", host: "2001:db8::1", port: undefined }],
  ])("%s", (text, target) => {
    expect(parseSshTarget(text)).toEqual(target);
  });
  test.each(["198.18.0.11", "root@", "root@a:0", "root@a:70000", "root@a:b"])("refuses %s", (text) => {
    expect(() => parseSshTarget(text)).toThrow(`--ssh ${text}: expected user@host`);
  });
  test("takes the host key of the same position, and refuses a number that does not fit", () => {
    const ssh = ["root@a", "root@b"];
    expect(sshTargets({ ssh, hostKey: ["SHA256:x", "SHA256:y"] }).map((t) => t.hostKey)).toEqual([
      "SHA256:x",
      "SHA256:y",
    ]);
    expect(() => sshTargets({ ssh, hostKey: ["SHA256:x"] })).toThrow(
      "--host-key is given 1 times for 2 --ssh",
    );
  });
});

describe("the command line", () => {
  let said: string[];
  beforeEach(() => {
    process.env.XDG_CONFIG_HOME = "/nonexistent";
    said = [];
    const hear = (...words: unknown[]) => void said.push(words.join(" "));
    jest.spyOn(console, "log").mockImplementation(hear);
    jest.spyOn(console, "error").mockImplementation(hear);
    jest.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
    jest.spyOn(process.stdout, "write").mockImplementation((text) => said.push(String(text)) > 0);
  });
  afterEach(() => {
    delete process.env.XDG_CONFIG_HOME;
    jest.restoreAllMocks();
  });

  test("version", async () => {
    expect(await main(["version"])).toBe(0);
    expect(said).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+/)]);
  });

  test.each([
    [["status", "--bogus"], "unknown option"],
    [["status", "--output", "xml"], "Allowed choices are table, json"],
    [["nonsense"], "unknown command"],
    [["status", "--ssh", "nobody"], "expected user@host"],
    [["smoke", "--identity-file", "k"], "belong to --ssh"],
  ])("%j is wrong usage", async (argv, words) => {
    expect(await main(argv)).toBe(2);
    expect(said.join("")).toContain(words);
  });

  test("on a host that is no peer and knows no context, says so", async () => {
    expect(await main(["status"])).toBe(2);
    expect(said.join("")).toMatch(
      /this host is no peer \(there is no .*identity\.json\), and no context is known/,
    );
  });
});
