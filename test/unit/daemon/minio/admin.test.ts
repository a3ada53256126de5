import { minioAdmin } from "../../../../lib/daemon/minio";
import { totalCapacity } from "../../../../lib/daemon/minio/capacity";
import { nearestFirst } from "../../../../lib/daemon/minio/pool";
import { FakeHttp, SECRETS, specOf } from "./support";

const drive = (pool: number, state = "ok") =>
  state === "ok"
    ? { state, totalspace: 1000, usedspace: 300, availspace: 700, pool_index: pool }
    : { state, pool_index: pool };

/** A wide pool of two peers, and one of peer-2 beside it, of whose four drives one is gone. */
const INFO = {
  backend: { standardSCParity: 1, totalDrivesPerSet: [4, 2] },
  servers: [
    { endpoint: "peer-2:9000", uptime: 9, drives: [drive(1), drive(1)] },
    { endpoint: "peer-1:9000", uptime: 7, drives: [drive(0), drive(0, "offline")] },
  ],
};
const SPEC = specOf(
  { peers: ["peer-3", "peer-1"], drivesPerPeer: 2 },
  { peers: ["peer-2"], drivesPerPeer: 2 },
);

const admin = (answer: { status: number; body: string } | Error, spec = SPEC) =>
  minioAdmin(new FakeHttp(() => answer), spec, SECRETS);

test("the nodes of all pools, with the capacity that each pool's parity leaves", async () => {
  const nodes = await admin({ status: 200, body: JSON.stringify(INFO) }).nodes("peer-1");
  const none = { raw: 0, usable: 0, used: 0, available: 0 };
  expect(nodes).toEqual([
    { peer: "peer-3", drivesOnline: 0, drives: 2, uptime: 0, capacity: none },
    {
      ...{ peer: "peer-1", drivesOnline: 1, drives: 2, uptime: 7 },
      capacity: { raw: 1000, usable: 750, used: 300, available: 700 },
    },
    {
      ...{ peer: "peer-2", drivesOnline: 2, drives: 2, uptime: 9 },
      capacity: { raw: 2000, usable: 1000, used: 600, available: 1400 },
    },
  ]);
  expect(totalCapacity(nodes)).toEqual({ raw: 3000, usable: 1750, used: 900, available: 2100 });
});

test("a lone node is known whatever it calls itself", async () => {
  const spec = specOf({ peers: ["peer-1"], drivesPerPeer: 1 });
  const servers = [{ endpoint: "198.18.0.11:9000", uptime: 5, drives: [drive(0)] }];
  const body = JSON.stringify({ backend: { standardSCParity: 0, totalDrivesPerSet: [1] }, servers });
  const [node] = await admin({ status: 200, body }, spec).nodes("peer-1");
  expect(node).toMatchObject({ drivesOnline: 1, uptime: 5, capacity: { raw: 1000, usable: 1000 } });
});

test("a node that does not answer, and one that refuses", async () => {
  await expect(admin(new Error("connect ECONNREFUSED")).nodes("peer-3")).rejects.toThrow(
    "MinIO on peer-3 does not answer: connect ECONNREFUSED",
  );
  const body =
    '{"Code":"XMinioServerNotInitialized","Message":"Server not initialized yet, please try again."}';
  await expect(admin({ status: 503, body }).nodes("peer-1")).rejects.toThrow(
    "MinIO on peer-1: GET /minio/admin/v3/info answered 503: XMinioServerNotInitialized: Server not initialized yet",
  );
});

test("a peer asks its own node first, where it has one", () => {
  expect(nearestFirst(SPEC, "peer-2")).toEqual(["peer-2", "peer-3", "peer-1"]);
  expect(nearestFirst(SPEC, "compute")).toEqual(["peer-3", "peer-1", "peer-2"]);
});
