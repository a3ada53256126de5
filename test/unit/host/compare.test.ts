import { compareHosts, type PeerFacts } from "../../../lib/host";

const peer = (n: number, more: Partial<PeerFacts["facts"]> = {}): PeerFacts => ({
  name: `peer-${n}`,
  facts: { hostname: `vm${n}`, machineId: `id-${n}`, clock: { offsetMs: n, uncertaintyMs: 5 }, ...more },
});
const clock = (offsetMs: number, uncertaintyMs = 5) => ({ clock: { offsetMs, uncertaintyMs } });

test.each<[string, PeerFacts[], string[]]>([
  ["different VMs", [peer(1), peer(2), peer(3)], []],
  ["nobody", [], []],
  ["one", [peer(1)], []],
  ["equal host names", [peer(1), peer(2, { hostname: "vm1" }), peer(3)], ["error same-hostname"]],
  ["equal machine ids", [peer(1), peer(2), peer(3, { machineId: "id-1" })], ["warning same-machine-id"]],
  ["no machine ids", [peer(1, { machineId: undefined }), peer(2, { machineId: undefined })], []],
  ["clocks 5 min apart", [peer(1), peer(2, clock(-300_000))], ["error clocks-apart"]],
  [
    "clocks 40 s apart, each within 30 s of ours",
    [peer(1, clock(20_000)), peer(2, clock(-20_000))],
    ["error clocks-apart"],
  ],
  ["clocks 3 s apart", [peer(1), peer(2), peer(3, clock(3_000))], ["warning clocks-apart"]],
  ["all equally wrong", [peer(1, clock(9_000)), peer(2, clock(9_000))], []],
  ["apart within the error of measurement", [peer(1), peer(2, clock(3_000, 2_000))], []],
])("%s", (_title, peers, expected) => {
  expect(compareHosts(peers).map((f) => `${f.severity} ${f.code}`)).toEqual(expected);
});

test("findings name the peers and the remedy", () => {
  const [names, clocks] = compareHosts([peer(1), peer(2, { hostname: "vm1", ...clock(300_000) }), peer(3)]);
  expect(names?.why).toMatch(/^peer-1, peer-2 are all called "vm1"/);
  expect(names?.fix).toMatch(/hostnamectl set-hostname/);
  expect(clocks?.why).toBe("peer-2 is 5 min 0 s ahead of peer-1");
});
