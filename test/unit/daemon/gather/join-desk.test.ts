import { JoinDesk } from "../../../../lib/daemon/gather/join-desk";
import type { StoredSecrets } from "../../../../lib/daemon/secrets";
import { Redactor } from "../../../../lib/daemon/redact";
import type { DaemonState } from "../../../../lib/daemon/state";
import type { JoinRequest } from "../../../../lib/api/wire";
import { identityOf, MemoryLog, SECRETS, specOf, temporaryDir } from "../support";

const dir = temporaryDir();
const JOIN = {} as JoinRequest;
const MEMBER: DaemonState = { state: "member", spec: specOf("/data"), specDigest: "d", generation: 1 };

/** The desk of a peer that gathers nobody. */
async function desk(state: DaemonState, stored?: StoredSecrets, joinedThrough?: string): Promise<JoinDesk> {
  const made = new JoinDesk({
    config: {
      identity: { ...identityOf("/data"), joinedThrough },
      tls: { ca: "", cert: "", key: "" },
      configDir: dir.path(),
      runDir: dir.path(),
    },
    state: () => state,
    secrets: { load: async () => stored },
    self: {
      health: async () => ({ status: "ok", state: "unjoined" }),
      form: () => Promise.reject(new Error("not asked")),
      formProgress: () => Promise.reject(new Error("not asked")),
    },
    redactor: new Redactor(),
    log: new MemoryLog().log,
  });
  await made.open();
  return made;
}

test.each<[string, DaemonState, StoredSecrets | undefined, RegExp]>([
  [
    "a peer that gathers nobody",
    { state: "unjoined" },
    undefined,
    /give `join` the address of the first peer/,
  ],
  [
    "a cluster begun by init",
    MEMBER,
    { cluster: SECRETS, caKeyPem: "key" },
    /^the cluster "vectors" has its 3 peers; adding more comes with a later release$/,
  ],
  [
    "a cluster of Terraform's",
    MEMBER,
    { cluster: SECRETS },
    /managed by Terraform: add a Peer to its program/,
  ],
])("%s says where to turn to", async (_title, state, stored, why) => {
  const found = await desk(state, stored);
  await expect(found.terms()).rejects.toThrow(why);
  await expect(found.join(JOIN)).rejects.toThrow(why);
});

test("a peer that has joined says who knows what is waited for, until it takes part in a cluster", async () => {
  const through = "198.18.0.11:19500";
  expect((await desk({ state: "unjoined" }, undefined, through)).waitingFor()).toContain(through);
  expect((await desk(MEMBER, undefined, through)).waitingFor()).toBeUndefined();
  expect((await desk({ state: "unjoined" })).waitingFor()).toBeUndefined();
});
