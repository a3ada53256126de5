import { defaultParity, erasureLayout, erasureSetSize, type ErasureLayout } from "../../../lib/spec/erasure";

/**
 * Hosts, drives per host, sets, set size, parity, read quorum, write quorum, hosts lost for reads, for writes. Worked out by
 * hand from MinIO's rules; docs/distributed/SIZING.md of minio/minio gives the same numbers where it has the shape.
 */
// prettier-ignore
const TABLE: number[][] = [
  [1, 1, 1, 1, 0, 1, 1, 0, 0], [1, 2, 1, 2, 1, 1, 2, 0, 0], [1, 3, 1, 3, 1, 2, 2, 0, 0],
  [1, 4, 1, 4, 2, 2, 3, 0, 0], [1, 5, 1, 5, 2, 3, 3, 0, 0], [1, 6, 1, 6, 3, 3, 4, 0, 0],
  [1, 8, 1, 8, 4, 4, 5, 0, 0], [1, 12, 1, 12, 4, 8, 8, 0, 0], [2, 1, 1, 2, 1, 1, 2, 1, 0],
  [2, 2, 1, 4, 2, 2, 3, 1, 0], [2, 3, 1, 6, 3, 3, 4, 1, 0], [2, 4, 1, 8, 4, 4, 5, 1, 0],
  [2, 5, 1, 10, 4, 6, 6, 0, 0], [2, 6, 1, 12, 4, 8, 8, 0, 0], [2, 8, 1, 16, 4, 12, 12, 0, 0],
  [2, 12, 2, 12, 4, 8, 8, 0, 0], [3, 1, 1, 3, 1, 2, 2, 1, 1], [3, 2, 1, 6, 3, 3, 4, 1, 1],
  [3, 3, 1, 9, 4, 5, 5, 1, 1], [3, 4, 1, 12, 4, 8, 8, 1, 1], [3, 5, 1, 15, 4, 11, 11, 0, 0],
  [3, 6, 2, 9, 4, 5, 5, 1, 1], [3, 8, 2, 12, 4, 8, 8, 1, 1], [3, 12, 3, 12, 4, 8, 8, 1, 1],
  [4, 1, 1, 4, 2, 2, 3, 2, 1], [4, 2, 1, 8, 4, 4, 5, 2, 1], [4, 3, 1, 12, 4, 8, 8, 1, 1],
  [4, 4, 1, 16, 4, 12, 12, 1, 1], [4, 5, 5, 4, 2, 2, 3, 2, 1], [4, 6, 2, 12, 4, 8, 8, 1, 1],
  [4, 8, 2, 16, 4, 12, 12, 1, 1], [4, 12, 3, 16, 4, 12, 12, 1, 1], [5, 1, 1, 5, 2, 3, 3, 2, 2],
  [5, 2, 1, 10, 4, 6, 6, 2, 2], [5, 3, 1, 15, 4, 11, 11, 1, 1], [5, 4, 2, 10, 4, 6, 6, 2, 2],
  [5, 5, 5, 5, 2, 3, 3, 2, 2], [5, 6, 2, 15, 4, 11, 11, 1, 1], [5, 8, 4, 10, 4, 6, 6, 2, 2],
  [5, 12, 4, 15, 4, 11, 11, 1, 1], [6, 1, 1, 6, 3, 3, 4, 3, 2], [6, 2, 1, 12, 4, 8, 8, 2, 2],
  [6, 3, 3, 6, 3, 3, 4, 3, 2], [6, 4, 2, 12, 4, 8, 8, 2, 2], [6, 5, 5, 6, 3, 3, 4, 3, 2],
  [6, 6, 3, 12, 4, 8, 8, 2, 2], [6, 8, 4, 12, 4, 8, 8, 2, 2], [6, 12, 6, 12, 4, 8, 8, 2, 2],
  [7, 1, 1, 7, 3, 4, 4, 3, 3], [7, 2, 1, 14, 4, 10, 10, 2, 2], [7, 3, 3, 7, 3, 4, 4, 3, 3],
  [7, 4, 2, 14, 4, 10, 10, 2, 2], [7, 5, 5, 7, 3, 4, 4, 3, 3], [7, 6, 3, 14, 4, 10, 10, 2, 2],
  [7, 8, 4, 14, 4, 10, 10, 2, 2], [7, 12, 6, 14, 4, 10, 10, 2, 2], [8, 1, 1, 8, 4, 4, 5, 4, 3],
  [8, 2, 1, 16, 4, 12, 12, 2, 2], [8, 3, 3, 8, 4, 4, 5, 4, 3], [8, 4, 2, 16, 4, 12, 12, 2, 2],
  [8, 5, 5, 8, 4, 4, 5, 4, 3], [8, 6, 3, 16, 4, 12, 12, 2, 2], [8, 8, 4, 16, 4, 12, 12, 2, 2],
  [8, 12, 6, 16, 4, 12, 12, 2, 2],
];

/** Hosts, drives per host, set size where host names form a range, set size where they are listed in a file. */
// prettier-ignore
const BY_FORM: number[][] = [
  [3, 7, 3, 7], [4, 5, 4, 10], [4, 7, 4, 14], [5, 7, 5, 7], [6, 3, 6, 9], [6, 5, 6, 15],
  [6, 7, 6, 14], [6, 8, 12, 16], [8, 3, 8, 12], [8, 5, 8, 10], [8, 7, 8, 14], [9, 4, 9, 12],
  [9, 5, 9, 15], [9, 8, 9, 12], [10, 3, 10, 15], [10, 6, 10, 15], [10, 7, 10, 14], [10, 8, 10, 16],
  [12, 4, 12, 16], [12, 5, 12, 15], [12, 7, 12, 14], [12, 8, 12, 16],
];

/** Numbers of hosts for which MinIO refuses any number of drives, when their names form a range. */
const REFUSED_HOSTS = [17, 19, 23, 29, 31];

const layout = (hosts: number, drivesPerHost: number, parity?: number): ErasureLayout | string =>
  erasureLayout({ hosts, drivesPerHost, parity, symmetric: true });

test.each(TABLE)(
  "%i hosts x %i drives",
  (hosts, drives, sets, setSize, parity, readQuorum, writeQuorum, reads, writes) => {
    expect(layout(hosts!, drives!)).toEqual({
      sets,
      setSize,
      parity,
      readQuorum,
      writeQuorum,
      usableShare: (setSize! - parity!) / setSize!,
      hostsLostForReads: reads,
      hostsLostForWrites: writes,
    });
  },
);

test.each(BY_FORM)(
  "%i hosts x %i drives: the form of the pool decides the set size",
  (hosts, drivesPerHost, range, file) => {
    expect(erasureSetSize({ hosts: hosts!, drivesPerHost: drivesPerHost!, symmetric: true })).toBe(range);
    expect(erasureSetSize({ hosts: hosts!, drivesPerHost: drivesPerHost!, symmetric: false })).toBe(file);
  },
);

test.each([
  [18, 9],
  [20, 10],
  [25, 5],
  [32, 16],
])("%i hosts make sets of %i drives", (hosts, setSize) => {
  expect(layout(hosts, 1)).toMatchObject({ setSize });
});

test.each(REFUSED_HOSTS)("%i hosts are refused, whatever their drives", (hosts) => {
  expect(layout(hosts, 4)).toMatch(
    new RegExp(
      `^MinIO cannot divide ${hosts} hosts x 4 drives evenly into sets of 2 to 16 drives; use ${hosts - 1} hosts$`,
    ),
  );
});

test("a number of drives that does not fit is refused with the nearest one that does", () => {
  expect(layout(1, 17)).toBe(
    "MinIO cannot divide 1 hosts x 17 drives evenly into sets of 2 to 16 drives; give each host 16 drives",
  );
});

test("parity is half of a set at most", () => {
  expect(layout(3, 4, 6)).toMatchObject({
    parity: 6,
    usableShare: 0.5,
    hostsLostForReads: 1,
    hostsLostForWrites: 1,
  });
  expect(layout(3, 4, 7)).toBe("parity 7 is more than half of an erasure set of 12 drives; at most 6 fits");
});

test("more parity makes 3 x 5 drives survive a host, as less makes 3 x 4 survive none", () => {
  expect(layout(3, 5, 5)).toMatchObject({ hostsLostForReads: 1, hostsLostForWrites: 1 });
  expect(layout(3, 4, 3)).toMatchObject({ hostsLostForReads: 0, hostsLostForWrites: 0 });
});

test.each([
  [1, 0],
  [2, 1],
  [4, 2],
  [6, 3],
  [8, 4],
  [16, 4],
])("a set of %i drives has parity %i unless told", (setSize, parity) => {
  expect(defaultParity(setSize)).toBe(parity);
});
