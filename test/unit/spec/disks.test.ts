import { dataDirsOf, mountPointsOf } from "../../../lib/spec/disks";
import type { ClusterSpec } from "../../../lib/spec/spec";

const pool = (peers: string[], mountPoints: string[]) => ({
  peers,
  mountPoints,
  drivesPerPeer: mountPoints.length,
});
const spec = (o: Partial<Pick<ClusterSpec, "queue" | "storage" | "dataDirs">>): ClusterSpec =>
  ({
    storage: {
      kind: "minio",
      pools: [pool(["a", "b"], ["/mnt/d1", "/mnt/d2"]), pool(["b"], ["/mnt/d3", "/mnt/d2"]), pool(["c"], [])],
    },
    queue: { kind: "pulsarSingleton", host: "a" },
    dataDirs: { pulsar: "/mnt/fast/pulsar", etcd: "/mnt/fast/etcd" },
    ...o,
  }) as ClusterSpec;

test("mount points of all pools that a peer is in, each once", () => {
  const of = (name: string) => mountPointsOf(spec({}), name);
  expect(["a", "b", "c"].map(of)).toEqual([["/mnt/d1", "/mnt/d2"], ["/mnt/d1", "/mnt/d2", "/mnt/d3"], []]);
  const s3 = { kind: "s3" } as ClusterSpec["storage"];
  expect(mountPointsOf(spec({ storage: s3 }), "a")).toEqual([]);
});

test("Pulsar's directory only where Pulsar runs", () => {
  expect(dataDirsOf(spec({}), "a")).toEqual(["/mnt/fast/etcd", "/mnt/fast/pulsar"]);
  expect(dataDirsOf(spec({}), "b")).toEqual(["/mnt/fast/etcd"]);
  expect(dataDirsOf(spec({ queue: { kind: "woodpecker" } }), "a")).toEqual(["/mnt/fast/etcd"]);
});
