import { spawnSync } from "node:child_process";
import { portsOf } from "../../../lib/spec/ports";
import type { ClusterSpec, ClusterSpecInput } from "../../../lib/spec/spec";
import { peers, pool, spec } from "../spec/fixture";
import { file } from "./fixture";

const FIREWALL = { clients: ["10.0.0.0/8", "fd00:1::/32"], operators: ["198.18.0.2/32"] };

const firewalled = (overrides: Partial<ClusterSpecInput> = {}): ClusterSpec =>
  spec({ security: { firewall: FIREWALL }, ...overrides });
const rules = (compiled: ClusterSpec, peer: string): string[] =>
  file(compiled, peer, "nftables.conf")
    .split("\n")
    .map((line) => line.trim());
const between = (text: string): number[] =>
  text
    .replace(/^.*{|}.*$/g, "")
    .split(",")
    .map(Number);

test("without a firewall there is no ruleset", () => {
  expect(() => file(spec(), "peer-1", "nftables.conf")).toThrow("peer-1 has no nftables.conf");
});

test("ours are all ports of the peer, and no other is touched", () => {
  const compiled = firewalled();
  const all = rules(compiled, "peer-2");
  const ports = portsOf(compiled, "peer-2").map(({ port }) => port);
  expect(between(all.find((line) => line.startsWith("define ours"))!)).toEqual(
    [...new Set(ports)].sort((a, b) => a - b),
  );
  const filtering = all.slice(all.findIndex((line) => line.startsWith("type filter")) + 1);
  expect(filtering[0]).toBe("tcp dport != $ours accept");
});

test("only TCP to our ports is dropped: not UDP, not ICMP, not the neighbour discovery of IPv6", () => {
  const drops = rules(firewalled(), "peer-1").filter((line) => line.endsWith("drop"));
  expect(drops).toEqual(["tcp dport $ours counter drop"]);
});

test("peers reach everything, clients the load balancer, operators the daemon", () => {
  expect(rules(firewalled(), "peer-1").filter((line) => line.includes("saddr"))).toEqual([
    "ip saddr { 198.18.0.11, 198.18.0.12, 198.18.0.13 } accept",
    "ip saddr { 10.0.0.0/8 } tcp dport { 19537 } accept",
    "ip6 saddr { fd00:1::/32 } tcp dport { 19537 } accept",
    "ip saddr { 198.18.0.2/32 } tcp dport 19500 accept",
  ]);
});

test("with TLS, clients reach REST at its own port", () => {
  const tls = firewalled({ security: { firewall: FIREWALL, clientTls: "server" } });
  expect(file(tls, "peer-1", "nftables.conf")).toContain(
    "ip saddr { 10.0.0.0/8 } tcp dport { 19537, 19533 } accept",
  );
});

test("without operators, the daemon is reached by peers and clients of its own host alone", () => {
  const closed = firewalled({ security: { firewall: { clients: ["10.0.0.0/8"], operators: [] } } });
  expect(file(closed, "peer-1", "nftables.conf")).not.toMatch("dport 19500");
});

const v6 = peers(3).map((peer, i) => (i === 0 ? peer : { ...peer, address: `fd00::${i}` }));
const cases: [title: string, compiled: () => ClusterSpec][] = [
  ["a cluster", firewalled],
  ["IPv4 and IPv6 peers", () => firewalled({ peers: v6 })],
  [
    "clients whose networks overlap, one with bits of a host",
    () =>
      firewalled({
        security: { firewall: { ...FIREWALL, clients: ["10.0.0.5/8", "10.1.0.0/16", "0.0.0.0/0"] } },
      }),
  ],
  [
    "a standalone process",
    () => firewalled({ mode: "standalone", peers: peers(1), storage: pool(["peer-1"]), queue: undefined }),
  ],
];

/** nft asks the kernel, so it needs a network namespace of its own, hence root. */
const nft = (ruleset: string): ReturnType<typeof spawnSync> =>
  spawnSync("unshare", ["--net", "nft", "--check", "--file", "-"], { input: ruleset, timeout: 10_000 });

const usable = nft("table inet probe\n").status === 0;
if (!usable)
  console.warn("skipped: nft does not check rulesets here; it needs the package nftables, and root");

(usable ? describe : describe.skip)("nft takes the ruleset of", () => {
  test.each(cases)("%s", (_title, make) => {
    const { status, stderr } = nft(file(make(), "peer-1", "nftables.conf"));
    expect([status, String(stderr)]).toEqual([0, ""]);
  });

  test("nobody when it is wrong: the check does check", () => {
    expect(nft(file(firewalled(), "peer-1", "nftables.conf").replace("$ours", "$hours")).status).not.toBe(0);
  });
});
