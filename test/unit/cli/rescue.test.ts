/** `milvus-onprem rescue …` against the real routes of a daemon, behind which nothing happens. */
import { newToken, tokenSha256 } from "../../../lib/api/token";
import type { NospaceReport, ReformPlan } from "../../../lib/api/rescue-wire";
import { listen } from "../../../lib/daemon/api/listen";
import { rescueRoutes, type RescueActions } from "../../../lib/daemon/api/routes/rescue";
import { BadRequest } from "../../../lib/daemon/errors";
import { createLog } from "../../../lib/daemon/log";
import { connectTcp } from "../../../lib/daemon/peers";
import { DaemonClient } from "../../../lib/api/client";
import { Redactor } from "../../../lib/daemon/redact";
import { RescueDesk } from "../../../lib/daemon/rescue/desk";
import { createCa, issuePeerCert, type CertifiedKey } from "../../../lib/pki";
import { freePort } from "../../support/free-port";
import { Terminal } from "./terminal";

const FULL: NospaceReport = {
  cluster: "vectors",
  raisedBy: ["peer-2"],
  databases: [{ peer: "peer-2", isLeader: true, bytes: 4 * 2 ** 30, bytesInUse: 2 ** 20 }],
  silent: [{ peer: "peer-3", error: "no connection" }],
};
const LOST: ReformPlan = {
  cluster: "vectors",
  peers: [
    { peer: "peer-1", etcd: "alone", revision: 90 },
    { peer: "peer-2", etcd: "down", snapshot: { file: "s.db", sha256: "ab", bytes: 1, revision: 70 } },
  ],
  silent: [],
  source: { kind: "member", peer: "peer-1", revision: 90 },
  warnings: ["the last moments are lost"],
};

let ca: CertifiedKey;
let token: string;
let port: number;
let terminal: Terminal;
let close: () => Promise<void>;
let asked: unknown[];
let fails: Error | undefined;
let full: NospaceReport;
let lost: ReformPlan;

const work = (request: unknown, result: object) => async (say: (sentence: string) => void) => {
  asked.push(request);
  say("half of it is done");
  if (fails) throw fails;
  return result;
};
const actions: RescueActions = {
  nospace: async () => full,
  freeSpace: async (r) => {
    if (r.cluster !== "vectors") throw new BadRequest("another cluster is meant");
    return work(r, {
      ...{ compactedTo: "7", silent: [], disarmed: ["peer-2"], advice: "defragment peer-3 later" },
      databases: [{ peer: "peer-2", bytesBefore: 4 * 2 ** 30, bytesAfter: 2 ** 20 }],
    });
  },
  plan: async (o) => ({ ...lost, warnings: [...lost.warnings, JSON.stringify(o)] }),
  reform: async (r) =>
    work(r, {
      ...{ source: LOST.source, members: ["peer-1"], without: ["peer-3"] },
      ...{ file: "run.db", putAside: "member.old-run" },
    }),
  evidence: async () => LOST.peers[0]!,
  step: async () => ({}),
};

beforeEach(async () => {
  [asked, fails, full, lost] = [[], undefined, FULL, LOST];
  ca = await createCa("vectors CA");
  token = newToken(ca.certPem);
  port = await freePort();
  const { certPem: cert, keyPem: key } = await papers();
  const redactor = new Redactor();
  close = await listen({
    routes: rescueRoutes(actions),
    leadership: { leads: () => false, address: async () => undefined },
    tokenSha256: () => tokenSha256(token),
    ...{ redactor, log: createLog(redactor, () => undefined) },
    ...{ tls: { ca: ca.certPem, cert, key }, addresses: ["127.0.0.1"], port },
  });
  terminal = new Terminal();
  const context = { name: "vectors", endpoints: [`127.0.0.1:${port}`], caCertPem: ca.certPem, token };
  await terminal.run("context", "add", "prod", "--from", terminal.write("o.json", JSON.stringify(context)));
});
afterEach(async () => {
  terminal.close();
  await close();
});

const papers = () => issuePeerCert(ca, { name: "peer-1", address: "127.0.0.1", days: 1 });
const rescue = (...argv: string[]) => terminal.run("rescue", ...argv);

describe("nospace", () => {
  test("shows what is full, what is done, and what has become of it", async () => {
    const { code, stdout, stderr } = await rescue("nospace", "--yes");
    expect(code).toBe(0);
    expect(stderr).toMatch(/peer-2 +leader +4\.0 GiB +1\.0 MiB +NOSPACE/);
    expect(stderr).toMatch(/peer-3 does not answer: no connection[\s\S]*half of it is done/);
    expect(stdout).toMatch(/peer-2 +4\.0 GiB +1\.0 MiB[\s\S]*defragment peer-3 later/);
    expect(asked).toEqual([{ cluster: "vectors" }]);
  });

  test("is refused without an alarm, unless it is forced", async () => {
    full = { ...FULL, raisedBy: [] };
    expect(await rescue("nospace", "--yes")).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining("etcd has room") as string },
    });
    expect(asked).toEqual([]);
    expect((await rescue("nospace", "--yes", "--force")).code).toBe(0);
    expect(asked).toEqual([{ cluster: "vectors", force: true }]);
  });

  test("JSON is the result alone", async () => {
    const { stdout } = await rescue("nospace", "--yes", "--output", "json");
    expect(JSON.parse(stdout)).toMatchObject({ compactedTo: "7", disarmed: ["peer-2"] });
  });
});

describe("etcd-quorum", () => {
  test("says from what, and what may be lost, before; and how to go on, after", async () => {
    const { code, stdout, stderr } = await rescue(
      "etcd-quorum",
      "--without",
      "peer-3",
      "--from",
      "peer-1",
      "--yes",
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/peer-1 +alone +90[\s\S]*peer-2 +down +no data +s\.db \(revision 70\)/);
    expect(stderr).toMatch(
      /best source: the data of peer-1 \(revision 90\)\nnote: the last moments are lost/,
    );
    expect(stderr).toContain('{"from":"peer-1","rejoin":false,"without":["peer-3"]}');
    expect(stdout).toMatch(/members +peer-1\n[\s\S]*member\.old-run[\s\S]*Once peer-3 .*--rejoin/);
    expect(asked).toEqual([{ cluster: "vectors", from: "peer-1", without: ["peer-3"] }]);
  });

  test("a refusal is the error, and nothing is asked for", async () => {
    lost = { ...LOST, refusal: "etcd has a majority" };
    expect(await rescue("etcd-quorum", "--yes")).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining("error: etcd has a majority") as string },
    });
    expect(asked).toEqual([]);
  });

  test("what fails half-way says so", async () => {
    fails = new Error("swap failed: peer-2: no room");
    const { code, stderr } = await rescue("etcd-quorum", "--yes");
    expect(code).toBe(1);
    expect(stderr).toMatch(/half of it is done\n[\s\S]*error: swap failed: peer-2: no room/);
  });
});

test.each([["nospace"], ["etcd-quorum"]])("%s does nothing where nobody can confirm it", async (command) => {
  const { code, stderr } = await rescue(command);
  expect([code, stderr]).toEqual([2, expect.stringContaining("nobody is there to confirm: use --yes")]);
  expect(asked).toEqual([]);
});

describe("the API", () => {
  const post = (body: object, bearer?: string) =>
    client(bearer)
      .rescue.freeSpace(body as { cluster: string })
      .then(
        () => 200,
        (error: { status?: number }) => error.status,
      );
  const client = (bearer: string | undefined) =>
    new DaemonClient({
      ...{ caPem: ca.certPem, servername: "127.0.0.1", token: bearer, timeoutMs: 5_000 },
      connect: () => connectTcp("127.0.0.1", port),
    });

  test("wants a token or a peer's certificate, and the name of the cluster", async () => {
    expect(await post({ cluster: "vectors" }, "wrong")).toBe(401);
    expect(await post({}, token)).toBe(400);
    expect(await post({ cluster: "another" }, token)).toBe(400);
    expect(asked).toEqual([]);
    expect(await post({ cluster: "vectors" }, token)).toBe(200);
  });

  test("a peer that is in no cluster does nothing", async () => {
    const log = createLog(new Redactor(), () => undefined);
    const components = { list: async () => [], start: async () => undefined, stop: async () => undefined };
    const desk = new RescueDesk({ log, host: { components }, cluster: () => undefined });
    await expect(desk.reform({ cluster: "vectors" })).rejects.toThrow("this peer is in no cluster yet");
    await expect(desk.step("swap", { run: "20260102T030405Z-rescue-00000000" })).rejects.toThrow(
      /no cluster/,
    );
    expect(() => desk.step("swap", { run: "../../etc" })).toThrow();
  });
});
