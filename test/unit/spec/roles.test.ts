import { families } from "../../../lib/spec/families";
import { advisedReplicas, peersWith, roleNames, roleOf, rolesIn, rolesOf } from "../../../lib/spec/roles";
import type { ClusterSpecInput, RoleName } from "../../../lib/spec/spec";
import { names, peers, pool, problems, spec } from "./fixture";

const OLD: RoleName[] = ["coord", "proxy", "query", "data", "index"];
const NEW: RoleName[] = ["coord", "proxy", "query", "data", "streaming"];

/** Three peers with the roles given, the last list for all further ones. */
function withRoles(...lists: (RoleName[] | undefined)[]): Partial<ClusterSpecInput> {
  const members = peers(Math.max(3, lists.length));
  return {
    peers: members.map((peer, i) => (lists[i] === undefined ? peer : { ...peer, roles: lists[i] })),
    storage: pool(names(1, 3)),
  };
}

describe("roles of a peer", () => {
  test.each(families)("$line: all of them, unless told", (family) => {
    const compiled = spec({ version: `v${family.line}.0` });
    expect(compiled.peers.map((peer) => peer.roles)).toEqual(Array(3).fill(roleNames(family)));
    expect(roleNames(family)).toEqual(family.line === "2.6" ? NEW : OLD);
  });

  test("come in the family's order, whatever order they are given in", () => {
    const { peers: all } = spec(withRoles(["index", "coord"]));
    expect(all[0]!.roles).toEqual(["coord", "index"]);
  });

  test("a dedicated query peer has a query node, and none of the others", () => {
    const compiled = spec({ ...withRoles(undefined, undefined, undefined, ["query"], ["query"]) });
    const [first, , , fourth] = compiled.peers;
    expect(rolesOf(compiled, fourth!).map((role) => role.name)).toEqual(["querynode"]);
    expect(rolesOf(compiled, first!)).toHaveLength(5);
    expect(peersWith(compiled, "query")).toHaveLength(5);
    expect(peersWith(compiled, "proxy").map((p) => p.name)).toEqual(names(1, 3));
  });

  test("a peer may have none, and be there for etcd and MinIO alone", () => {
    const without = withRoles([]);
    expect(problems(without)).toEqual([]);
    expect(rolesOf(spec(without), spec(without).peers[0]!)).toEqual([]);
  });

  test("a process of the cluster is found by its service, however few peers run it", () => {
    const compiled = spec(withRoles(OLD, ["coord", "proxy", "data"], ["coord", "proxy", "query", "data"]));
    expect(roleOf(compiled, "indexnode")?.args).toEqual(["indexnode"]);
    expect(roleOf(compiled, "minio")).toBeUndefined();
    expect(rolesIn(compiled).map((role) => role.name)).toEqual([
      ...["coord", "proxy", "querynode", "datanode", "indexnode"],
    ]);
  });
});

test.each([
  [0, 1],
  [1, 1],
  [2, 1],
  [3, 2],
  [8, 7],
])("with %i query nodes, load collections with %i replicas", (nodes, replicas) => {
  expect(advisedReplicas(nodes)).toBe(replicas);
});

const cases: [title: string, overrides: Partial<ClusterSpecInput>, expected: string[]][] = [
  [
    "a role that no line has",
    withRoles(["querry" as "query"]),
    ['error peers[0].roles: Milvus 2.3 has no role "querry"; did you mean "query"?'],
  ],
  [
    "a role that another line has",
    withRoles(undefined, ["coord", "streaming"]),
    ['error peers[1].roles: Milvus 2.3 has no role "streaming"; it has coord, proxy, query, data, index'],
  ],
  [
    "index nodes, which 2.6 has no more",
    { ...withRoles(undefined, undefined, ["index"]), version: "v2.6.22", queue: undefined },
    ['error peers[2].roles: Milvus 2.6 has no role "index"; it has coord, proxy, query, data, streaming'],
  ],
  [
    "a role that nobody has",
    withRoles(["coord", "proxy", "data", "index"], ["coord", "proxy", "data", "index"], ["coord"]),
    [
      'error peers: no peer has the role "query", without which Milvus does not work; give it to two peers or more',
    ],
  ],
  [
    "one coordinator, and one query node",
    withRoles(OLD, ["proxy", "data", "index"], ["proxy", "data", "index"]),
    [
      'warning peers: only "peer-1" has the role "coord": collections cannot be made, loaded or searched anew while it is away; give the role to another peer, too',
      'warning peers: only "peer-1" has the role "query": nothing can be searched while it is away; give the role to another peer, too',
    ],
  ],
  [
    "one streaming node",
    {
      ...withRoles(undefined, ["coord", "proxy", "query", "data"], ["coord", "proxy", "query", "data"]),
      version: "v2.6.22",
      queue: undefined,
    },
    [
      'warning peers: only "peer-1" has the role "streaming": nothing can be written or read consistently while it is away; give the role to another peer, too',
    ],
  ],
  [
    "a mode that is none",
    { mode: "single" as "standalone" },
    ['error mode: "single" is neither "cluster" nor "standalone"'],
  ],
  [
    "a standalone process on three peers",
    { mode: "standalone" },
    ['error mode: standalone is one process on one peer, and there are 3; use mode "cluster"'],
  ],
  [
    "roles of a standalone process",
    { mode: "standalone", peers: [{ ...peers(1)[0]!, roles: ["query"] }], queue: undefined },
    [
      "warning peers: a single peer survives no loss; three are the least that survive the loss of one",
      "error peers[0].roles: a standalone process has every role; leave roles out",
    ],
  ],
];

test.each(cases)("%s", (_title, overrides, expected) => {
  expect(problems(overrides)).toEqual(expected);
});

test.each(families)("$line: standalone is one process with a queue of its own", (family) => {
  const lone = spec({
    ...{ mode: "standalone", version: `v${family.line}.0` },
    ...{ peers: peers(1), queue: undefined },
  });
  expect(rolesIn(lone).map(({ name, args }) => [name, args])).toEqual([["standalone", ["standalone"]]]);
  expect(peersWith(lone, "query")).toEqual(lone.peers);
  expect(lone.queue).toEqual({ kind: family.line === "2.6" ? "woodpecker" : "rocksmq" });
});
