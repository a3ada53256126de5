import { picture } from "../../../../lib/cli/review/picture";
import type { ClusterSpec } from "../../../../lib/spec/spec";
import { names, peers, pool, spec } from "../../spec/fixture";

const quiet = { rows: [], replaced: [] };

function drawn(before: ClusterSpec, after: ClusterSpec): string {
  const addresses = new Map([...before.peers, ...after.peers].map((peer) => [peer.name, peer.address]));
  return picture({ before, after }, quiet, addresses).join("\n");
}

test("what comes, goes and stays of peers, pools and the queue", () => {
  const six = { pools: [...pool(names(1, 3)).pools!, ...pool(names(4, 6)).pools!] };
  const before = spec({ peers: peers(4), storage: pool(names(1, 3)) });
  const after = spec({
    peers: peers(6).map((peer, i) => (i === 0 ? { ...peer, roles: ["proxy", "query"] } : peer)),
    storage: six,
    queue: { externalKafka: { brokers: ["kafka-1.example:9092"] } },
  });
  expect(drawn(before, after)).toMatchInlineSnapshot(`
   "flowchart LR
     clients(["clients"]) --> peers
     subgraph peers ["vectors: Milvus v2.3.5"]
       p0["peer-1<br/>198.18.0.11<br/>coord, proxy, querynode, datanode, indexnode → proxy, querynode"]:::changed
       p1["peer-2<br/>198.18.0.12<br/>coord, proxy, querynode, datanode, indexnode"]
       p2["peer-3<br/>198.18.0.13<br/>coord, proxy, querynode, datanode, indexnode"]
       p3["peer-4<br/>198.18.0.14<br/>coord, proxy, querynode, datanode, indexnode"]
       p4["peer-5<br/>198.18.0.15<br/>coord, proxy, querynode, datanode, indexnode"]:::added
       p5["peer-6<br/>198.18.0.16<br/>coord, proxy, querynode, datanode, indexnode"]:::added
     end
     style peers fill:transparent,stroke:#8b949e
     peers --> s0[("etcd: 4 members, quorum of 3 → 5 members, quorum of 3")]:::changed
     p0 & p1 & p2 --> s1[("MinIO pool 1: 3 peers x 4 drives, parity 4")]
     p3 & p4 & p5 --> s2[("MinIO pool 2: 3 peers x 4 drives, parity 4")]:::added
     peers --> s3[("Kafka, outside: kafka-1.example:9092")]:::added
     peers --> s4[("Pulsar: on peer-2")]:::removed
     classDef added fill:#dafbe1,stroke:#1a7f37,color:#1f2328
     classDef removed fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-dasharray:4 3
     classDef changed fill:#fff8c5,stroke:#9a6700,color:#1f2328"
  `);
  const gone = drawn(after, before).split("\n");
  expect(gone.find((line) => line.includes("peer-6"))).toMatch(/:::removed$/);
});

test("two equal specs have no picture", () => {
  expect(drawn(spec(), spec())).toBe("");
});

test("nothing in a label ends it", () => {
  const odd = {
    ...spec(),
    queue: { kind: "externalPulsar", serviceUrl: 'a"]<b>#c' },
  } as unknown as ClusterSpec;
  expect(drawn(spec(), odd)).toContain('[("Pulsar, outside: a#34;]#60;b#62;#35;c")]:::added');
});
