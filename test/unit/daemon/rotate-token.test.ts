import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tokenSha256 } from "../../../lib/api/token";
import { keys } from "../../../lib/daemon/keys";
import { rotateToken } from "../../../lib/daemon/jobs/types/rotate-token";
import { NotLeader } from "../../../lib/daemon/store/records";
import { eventually } from "../../support/eventually";
import { OLD_TOKEN, Peers, TestJob, type Peer } from "./peers-support";
import { temporaryDir } from "./support";

const NEW = tokenSha256("a-new-token");
const NEWER = tokenSha256("an-even-newer-token");
const KEY = keys("c1").token;

const dir = temporaryDir();
let peers: Peers;
beforeEach(async () => {
  peers = await Peers.start(dir.path());
});
afterEach(() => peers.stop());

const inForce = () => peers.all.map((peer) => peer.token.sha256);
const identityFile = (peer: Peer) => join(peer.config.configDir, "identity.json");
const onDisk = async (peer: Peer) =>
  (JSON.parse(await readFile(identityFile(peer), "utf8")) as { tokenSha256: string }).tokenSha256;
const rotate = (sha256: string) => new TestJob(peers, rotateToken, { sha256 });

test("puts the new token in force on every peer, and the old one out of it", async () => {
  const job = rotate(NEW);
  const result = await job.run(peers.elect("peer-1"));
  expect(inForce()).toEqual([NEW, NEW, NEW]);
  expect(result).toEqual({ generation: 1, peers: ["peer-1", "peer-2", "peer-3"], pending: [] });
});

test("holds over a restart without etcd, in a file that root alone may read", async () => {
  await rotate(NEW).run(peers.elect("peer-1"));
  for (const peer of peers.all) {
    expect(await onDisk(peer)).toBe(NEW);
    expect((await stat(identityFile(peer))).mode & 0o777).toBe(0o600);
  }
  peers.store.down = "etcd is away";
  const peer = peers.of("peer-2");
  await peer.down();
  await peer.up();
  await peer.token.learn(peer.records, 100);
  expect(peer.token.sha256).toBe(NEW);
});

test("rotates again and again", async () => {
  const leader = peers.elect("peer-1");
  await rotate(NEW).run(leader);
  expect(await rotate(NEWER).run(leader)).toMatchObject({ generation: 2 });
  expect(inForce()).toEqual([NEWER, NEWER, NEWER]);
});

test("neither the job nor etcd ever sees a token", async () => {
  const job = rotate(NEW);
  await job.run(peers.elect("peer-1"));
  const all = JSON.stringify([job.lines, job.result, [...peers.store.kv], peers.log.lines]);
  expect(all).not.toContain("a-new-token");
});

test.each(["", "abc", "a-new-token", NEW.toUpperCase()])("takes no %p for a hash", (sha256) => {
  expect(() => rotate(sha256)).toThrow("SHA-256");
});

describe("a peer that is down", () => {
  test("hinders nobody, is told in the log, and learns of the token before it serves any when it returns", async () => {
    const away = peers.of("peer-3");
    await away.down();
    const job = rotate(NEW);
    const result = await job.run(peers.elect("peer-1"));
    expect(result).toMatchObject({ peers: ["peer-1", "peer-2"], pending: [{ peer: "peer-3" }] });
    expect(job.lines).toContainEqual(
      expect.stringMatching(/^warn: peer-3: .*it learns of the new token when it returns/),
    );
    expect(await onDisk(away)).toBe(OLD_TOKEN);
    await away.up();
    await away.token.learn(away.records);
    expect(away.token.sha256).toBe(NEW);
  });

  test("goes by its file when etcd does not answer, and by the new token as soon as it does", async () => {
    const away = peers.of("peer-3");
    await away.down();
    await rotate(NEW).run(peers.elect("peer-1"));
    peers.store.down = "etcd is away";
    await away.up();
    const start = performance.now();
    await away.token.learn(away.records, 200);
    expect(performance.now() - start).toBeLessThan(3_000);
    expect(away.token.sha256).toBe(OLD_TOKEN);
    peers.store.down = undefined;
    await eventually("peer-3 has the new token", 10_000, async () => away.token.sha256 === NEW);
  });
});

test("a peer that does not hear from etcd is told by the leader", async () => {
  const deaf = peers.of("peer-2");
  await deaf.records.stop();
  await rotate(NEW).run(peers.elect("peer-1"));
  expect(deaf.token.sha256).toBe(NEW);
});

describe("atomic", () => {
  test("a leader that dies before the commit leaves the old token in force, and its successor goes on", async () => {
    const job = rotate(NEW);
    await job.run(peers.elect("peer-1"), { until: "check" });
    await peers.of("peer-1").down();
    expect(inForce()).toEqual([OLD_TOKEN, OLD_TOKEN, OLD_TOKEN]);
    await job.run(peers.elect("peer-2"));
    expect(peers.of("peer-3").token.sha256).toBe(NEW);
    expect(JSON.parse(peers.store.kv.get(KEY)!.value)).toEqual({ generation: 1, sha256: NEW });
  });

  test("a leader that dies right after the commit has put it in force once and for all", async () => {
    const job = rotate(NEW);
    const leader = peers.elect("peer-1");
    const { commit } = leader.records;
    leader.records.commit = async (changes) => {
      await commit.call(leader.records, changes);
      peers.elect("peer-2");
      throw new Error("killed");
    };
    await expect(job.run(leader)).rejects.toThrow(NotLeader);
    expect(job.result).toEqual({});
    const result = await job.run(peers.of("peer-2"));
    expect(result).toMatchObject({ generation: 1, pending: [] });
    expect(JSON.parse(peers.store.kv.get(KEY)!.value)).toEqual({ generation: 1, sha256: NEW });
    await eventually("all have it", 5_000, async () => inForce().every((sha256) => sha256 === NEW));
  });

  test("an answer to the commit that is lost does not fail a rotation that happened", async () => {
    const leader = peers.elect("peer-1");
    const { commit } = leader.records;
    let lost = 0;
    leader.records.commit = async (changes) => {
      await commit.call(leader.records, changes);
      lost += 1;
      throw new Error("no quorum: no answer");
    };
    expect(await rotate(NEW).run(leader)).toMatchObject({ generation: 1, pending: [] });
    expect(lost).toBe(1);
  });

  test("a deposed leader's late commit is refused: the old token stays", async () => {
    const old = peers.elect("peer-1");
    peers.elect("peer-2");
    await expect(rotate(NEW).run(old)).rejects.toThrow();
    expect(peers.store.kv.has(KEY)).toBe(false);
    expect(inForce()).toEqual([OLD_TOKEN, OLD_TOKEN, OLD_TOKEN]);
  });

  test("a job that is cancelled before the commit leaves the old token in force", async () => {
    const job = rotate(NEW);
    job.onSafePoint = () => {
      throw new Error("cancelled");
    };
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow("cancelled");
    expect(inForce()).toEqual([OLD_TOKEN, OLD_TOKEN, OLD_TOKEN]);
  });

  test("cancellation after the commit cannot end it half-way", async () => {
    const job = rotate(NEW);
    job.onSafePoint = () => {
      if (peers.store.kv.has(KEY)) throw new Error("cancelled");
    };
    expect(await job.run(peers.elect("peer-1"))).toMatchObject({ generation: 1, pending: [] });
  });
});

test("an older record never takes the place of a newer one", async () => {
  const { token } = peers.of("peer-1");
  await token.adopt({ generation: 2, sha256: NEWER });
  await token.adopt({ generation: 1, sha256: NEW });
  expect(token.sha256).toBe(NEWER);
});

test("a token that cannot be written down is in force all the same, and whoever asked is told", async () => {
  const peer = peers.of("peer-1");
  await rm(peer.config.configDir, { recursive: true });
  await writeFile(peer.config.configDir, "a file where the directory should be");
  await expect(peer.token.adopt({ generation: 1, sha256: NEW })).rejects.toThrow("identity.json");
  expect(peer.token.sha256).toBe(NEW);
});
