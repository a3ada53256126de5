import { UNKNOWN } from "../../../lib/provider/framework";
import type { Fields } from "../../../lib/provider/framework/schema";
import { peer } from "../../../lib/provider/resources/peer/peer";
import { planResource, type Planned } from "./plan-resource";

const CONFIG: Fields = {
  name: "peer-1",
  address: "198.18.0.11",
  ssh: { user: "root", private_key_file: "~/.ssh/id" },
  cluster_id: "vectors-1",
  ca_cert_pem: "cert",
  ca_key_pem: "key",
  token: "token",
  daemon_image: "milvus-onprem:1",
};
const facts = { os: "Debian", arch: "x86_64", kernel: "6.1", cpus: 4, memory_mb: 8000, docker_version: "27" };
const PRIOR: Fields = {
  ...CONFIG,
  ...{ daemon_port: 19500, data_root: "/var/lib/milvus-onprem", install_docker: false, facts },
  ...{ id: "vectors-1/peer-1", recorded_host_key: "ssh-ed25519 AAAA", daemon_version: "1.0.0" },
  certificates_end: "2036-11-24T00:00:00.000Z",
};

const plan = (
  change: Fields,
  o: { member?: boolean; prior?: Fields; due?: boolean } = {},
): Promise<Planned> =>
  planResource(peer, {
    prior: { ...PRIOR, ...o.prior },
    config: { ...CONFIG, ...change },
    private: { member: o.member ?? false, due: o.due ?? false },
  });

test("an unchanged peer has an empty plan", async () => {
  const { values, replace, errors } = await plan({}, { member: true });
  expect(values).toMatchObject(PRIOR);
  expect([...replace, ...errors]).toEqual([]);
});

test("another image changes the daemon's version and nothing else that is computed", async () => {
  const { values, replace } = await plan({ daemon_image: "milvus-onprem:2" }, { member: true });
  expect(values).toMatchObject({
    daemon_version: UNKNOWN,
    id: PRIOR.id,
    facts,
    recorded_host_key: "ssh-ed25519 AAAA",
  });
  expect(replace).toEqual([]);
});

test("a daemon that does not run is to be started again", async () => {
  const { values, replace } = await plan({}, { member: true, prior: { daemon_version: null } });
  expect(values.daemon_version).toBe(UNKNOWN);
  expect(replace).toEqual([]);
});

test("certificates that come to their end are renewed in place", async () => {
  const { values, replace, errors } = await plan({}, { member: true, due: true });
  expect(values).toMatchObject({ ...PRIOR, certificates_end: UNKNOWN });
  expect([...replace, ...errors]).toEqual([]);
});

test("before it is a member, another name is another peer; as a member it is refused", async () => {
  const change = { name: "peer-9" };
  expect((await plan(change)).replace).toEqual([[{ attribute_name: "name" }]]);
  const member = await plan(change, { member: true });
  expect(member.replace).toEqual([]);
  expect(member.errors).toEqual([expect.stringMatching(/^Cannot change name of peer-1: .* Put /)]);
});

test.each([true, false])("at another address is another VM (member: %s)", async (member) => {
  const { replace, errors } = await plan({ address: "198.18.0.99" }, { member });
  expect(replace).toEqual([[{ attribute_name: "address" }]]);
  expect(errors).toEqual([]);
});

test.each<Fields>([{ data_root: "/other" }, { daemon_port: 20000 }])(
  "a member keeps %j",
  async (change: Fields) => {
    expect((await plan(change, { member: true })).errors).toEqual([expect.stringContaining("Cannot change")]);
    expect((await plan(change)).errors).toEqual([]);
  },
);

test("an address that is not yet known does not shake a member", async () => {
  const { errors, replace, values } = await plan({ address: UNKNOWN }, { member: true });
  expect([...errors, ...replace]).toEqual([]);
  expect(values.recorded_host_key).toBe(UNKNOWN);
});

test("other credentials are refused, also those that do not exist yet", async () => {
  for (const cluster_id of ["other-1", UNKNOWN] as const) {
    expect((await plan({ cluster_id })).errors).toEqual([
      expect.stringContaining("belongs to cluster vectors-1"),
    ]);
  }
});

test("another SSH port or pin brings another host key, another user does not", async () => {
  const ssh = CONFIG.ssh as Fields;
  expect((await plan({ ssh: { ...ssh, port: 2222 } })).values.recorded_host_key).toBe(UNKNOWN);
  expect((await plan({ ssh: { ...ssh, host_key: "SHA256:x" } })).values.recorded_host_key).toBe(UNKNOWN);
  expect((await plan({ ssh: { ...ssh, user: "admin" } })).values.recorded_host_key).toBe("ssh-ed25519 AAAA");
});

test.each<Fields>([
  { mount_points: ["/mnt/d1"] },
  { data_dirs: ["/mnt/fast/etcd"] },
  { proxy: "http://proxy:3128" },
])("%j changes a peer in place, a member, too", async (change: Fields) => {
  const { values, replace, errors } = await plan(change, { member: true });
  expect(values).toMatchObject({ ...change, id: PRIOR.id, daemon_version: "1.0.0" });
  expect([...replace, ...errors]).toEqual([]);
});

describe("what a VM is looked at for when it is made ready", () => {
  const LOOKED: Fields = { required_ports: [19500], reachability: ["198.18.0.12:2380"] };
  const NOW: Fields = {
    required_ports: [19500, 9000],
    reachability: ["198.18.0.12:2380", "198.18.0.14:2380"],
  };

  test("is no change of it when another peer comes", async () => {
    const { values } = await plan(NOW, { member: true, prior: LOOKED });
    expect(values).toMatchObject({ ...PRIOR, ...LOOKED });
  });

  test("also while the address of that peer is not known", async () => {
    const { values } = await plan({ ...NOW, reachability: UNKNOWN }, { prior: LOOKED });
    expect(values.reachability).toEqual(LOOKED.reachability);
  });

  test("counts anew for a VM that gets other disks", async () => {
    const { values } = await plan({ ...NOW, mount_points: ["/mnt/disk1"] }, { prior: LOOKED });
    expect(values).toMatchObject(NOW);
  });
});
