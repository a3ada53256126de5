import type { ClusterSpecInput } from "../../../lib/spec/spec";
import { peers, problems } from "./fixture";

const failover = (more: object, others: Partial<ClusterSpecInput> = {}): string[] =>
  problems({
    queue: {
      pulsarSingleton: { host: "peer-2", failover: { host: "peer-3", afterSeconds: 600, ...more } },
    },
    ...others,
  }).filter((line) => line.includes("failover"));
const AT = "error queue.pulsarSingleton.failover";

test("says what it costs each time", () => {
  expect(failover({})).toEqual([
    "warning queue.pulsarSingleton.failover: once peer-2 has been gone for 600 s, Pulsar begins empty on peer-3: what was " +
      "acknowledged and not yet flushed to the object store is lost, without anybody being asked",
  ]);
});

test.each([
  [
    "another peer",
    { host: "peer-2" },
    `${AT}.host: "peer-2" is the host that would be gone; name another peer`,
  ],
  ["a peer", { host: "peer3" }, `${AT}.host: "peer3" is not a peer of this cluster; did you mean "peer-3"?`],
  ["time", { afterSeconds: 59 }, `${AT}.afterSeconds: 59 is not a whole number from 60 to 86400`],
])("needs %s", (_, more, expected) => {
  expect(failover(more)).toEqual([expected]);
});

test("needs a majority without the host, and Pulsar's data at its usual place", () => {
  const queue = { pulsarSingleton: { host: "peer-2", failover: { host: "peer-1", afterSeconds: 600 } } };
  const found = problems({ peers: peers(2), queue }).filter((line) => line.includes("no majority"));
  expect(found).toEqual([
    `${AT}: without peer-2, 1 of 2 members of etcd are left, which is no majority; have three peers or more`,
  ]);
  expect(failover({}, { dataDirs: { pulsar: "/fast/pulsar" } })).toEqual([
    `${AT}: dataDirs.pulsar is made ready on the host alone; remove one of them`,
  ]);
});
