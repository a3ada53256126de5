import { resilience, summary } from "../../../lib/plan/summary";
import { peers, spec } from "../spec/fixture";

const all = (count: number): string[] => peers(count).map((p) => p.name);

test("three peers with four drives", () => {
  expect(summary(spec())).toEqual([
    "etcd: 3 members, survives the loss of 1",
    "MinIO: 1 erasure set of 12 drives, parity 4, 67% of the raw capacity usable; survives the loss of 1 peer for reads, 1 for writes",
    "Pulsar: one, on peer-2; while that peer is away no write is accepted",
  ]);
});

test("a layout that survives nothing says so", () => {
  const two = spec({
    peers: peers(2),
    storage: { peers: all(2), drivesPerPeer: 2 },
    queue: { pulsarSingleton: { host: "peer-1" } },
  });
  expect(summary(two)).toEqual([
    "etcd: 2 members, survives the loss of 0",
    "MinIO: 1 erasure set of 4 drives, parity 2, 50% of the raw capacity usable; survives the loss of 1 peer for reads, 0 for writes",
    "Pulsar: one, on peer-1; while that peer is away no write is accepted",
  ]);
});

test.each([
  [3, 4, undefined, { etcdLost: 1, storageLostForReads: 1, storageLostForWrites: 1, usableShare: 8 / 12 }],
  [5, 2, undefined, { etcdLost: 2, storageLostForReads: 2, storageLostForWrites: 2, usableShare: 6 / 10 }],
  [5, 3, undefined, { etcdLost: 2, storageLostForReads: 1, storageLostForWrites: 1, usableShare: 11 / 15 }],
  [3, 4, 6, { etcdLost: 1, storageLostForReads: 1, storageLostForWrites: 1, usableShare: 0.5 }],
  [7, 1, undefined, { etcdLost: 3, storageLostForReads: 3, storageLostForWrites: 3, usableShare: 4 / 7 }],
])("%i peers x %i drives, parity %p", (count, drivesPerPeer, parity, expected) => {
  const compiled = spec({ peers: peers(count), storage: { peers: all(count), drivesPerPeer, parity } });
  expect(resilience(compiled)).toEqual({ ...expected, writesNeed: "peer-2" });
});

test("host names that count up make other erasure sets than names that do not", () => {
  const sets = (names: string[]): string => {
    const members = names.map((name, i) => ({ name, address: `198.18.0.${11 + i}` }));
    return summary(spec({ peers: members, storage: { peers: names, drivesPerPeer: 7 } }))[1]!.split(",")[0]!;
  };
  expect(sets(["db-1", "db-2", "db-3"])).toBe("MinIO: 7 erasure sets of 3 drives");
  expect(sets(["red", "green", "blue"])).toBe("MinIO: 3 erasure sets of 7 drives");
});
