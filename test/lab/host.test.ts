/**
 * A VM made ready, and every way in which it can be unfit: real sshd, sudo, Docker and apt. Two VMs of one host name and
 * with a small data disk; a third, in a lab of its own, has no Docker.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lab, publish, type Vm } from "../../lab";
import { imageOf } from "../../lab/build";
import { registry as listenerRecipe } from "../../lab/images/catalogue";
import {
  cleanHost,
  compareHosts,
  daemonRunning,
  daemonState,
  ensureDataDirs,
  ensureDocker,
  ensureImage,
  ensureMountFolders,
  findingText,
  Host,
  HostError,
  preflight,
  startDaemon,
  stopDaemon,
  type Finding,
  type PreflightOptions,
  type SshOptions,
} from "../../lib/host";
import { eventually } from "../support/eventually";
import { ed25519 } from "../support/ssh-keys";

jest.setTimeout(5 * 60_000);

/** An image that listens on port 5000 with host networking, whatever its arguments: stands in for the daemon. */
const LISTENER = "host-test/listener:1";
const SPACIOUS = "/srv/milvus";

let lab: Lab;
const dir = mkdtempSync(join(tmpdir(), "host-test-"));
const hosts: Host[] = [];

beforeAll(async () => {
  await Lab.remove("host-test"); // what a killed run may have left
  lab = await Lab.up({ name: "host-test", vms: 2, images: false, dataDiskMiB: 64, hostname: "twin" });
  await publish(imageOf(listenerRecipe), LISTENER);
});
afterEach(() => hosts.splice(0).forEach((h) => h.close()));
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await lab?.down();
});

const login = (vm: Vm, more: Partial<SshOptions> = {}): SshOptions => ({
  ...{
    host: vm.address,
    user: vm.user,
    privateKeyFile: vm.privateKeyFile,
    hostKey: vm.hostKey,
    timeoutSeconds: 30,
  },
  ...more,
});

async function connect(vm: Vm, more: Partial<SshOptions> = {}): Promise<Host> {
  const host = await Host.connect(login(vm, more));
  hosts.push(host);
  return host;
}

async function failure(promise: Promise<unknown>): Promise<HostError> {
  const error = await promise.then(
    () => new Error("it did not fail"),
    (e: unknown) => e as Error,
  );
  if (!(error instanceof HostError)) throw error;
  return error;
}

async function look(vm: Vm, more: Partial<PreflightOptions> = {}): ReturnType<typeof preflight> {
  const host = await connect(vm);
  const needs = {
    dataRoot: SPACIOUS,
    requiredPorts: [2379, 2380, 5000],
    reachability: [],
    reachabilitySeconds: 0,
  };
  return await preflight(host, { ...needs, address: vm.address, ...more });
}

const errorsOf = (findings: readonly Finding[]): string[] =>
  findings.filter((f) => f.severity === "error").map(findingText);
const image = (name = LISTENER): string => `${lab.registry}/${name}`;

describe("reaching a VM", () => {
  test("the recorded host key is the VM's own", async () => {
    const vm = lab.vm(1);
    expect((await connect(vm, { hostKey: undefined })).hostKey).toBe(vm.hostKey);
  });

  test("a wrong key is refused at once, by name", async () => {
    const stranger = ed25519().private;
    const vm = lab.vm(1);
    const more = { privateKey: stranger, privateKeyFile: undefined, timeoutSeconds: 300 };
    const error = await failure(connect(vm, more));
    expect(error.kind).toBe("authentication");
    expect(error.message).toContain(
      `root@${vm.address}:22: cannot log in: the host refused user "root"; tried key ssh-ed25519`,
    );
  });

  test("a VM that is not there is named at the deadline", async () => {
    const address = lab.vm(1).address.replace(/\d+$/, "250");
    const error = await failure(connect({ ...lab.vm(1), address }, { timeoutSeconds: 4 }));
    expect(error.kind).toBe("unreachable");
    expect(error.message).toMatch(
      new RegExp(`^root@${address}:22: cannot be reached: no SSH login within [2-5] s`),
    );
  });

  test("a VM that is still booting is waited for", async () => {
    await lab.kill(lab.vm(2));
    const connecting = connect(lab.vm(2), { timeoutSeconds: 120 });
    await lab.start(lab.vm(2));
    expect((await (await connecting).run("id -un")).stdout).toBe("root\n");
  });

  test("a VM behind a jump host", async () => {
    const host = await connect(lab.vm(2), { jump: login(lab.vm(1)) });
    expect((await host.run('echo "$SSH_CONNECTION"')).stdout).toMatch(new RegExp(`^${lab.vm(1).address} `));
  });

  test("a jump host that forbids forwarding is told as such, at once", async () => {
    await lab.exec(
      lab.vm(1),
      "echo AllowTcpForwarding no > /etc/ssh/sshd_config.d/test.conf; kill -HUP $(cat /run/sshd.pid)",
    );
    try {
      const jump = login(lab.vm(1));
      await eventually("sshd has read its configuration", 20_000, async () => {
        const error = await failure(connect(lab.vm(2), { jump, timeoutSeconds: 60 }));
        return /jump host: it refuses to forward connections.*AllowTcpForwarding/.test(error.message);
      });
    } finally {
      await lab.exec(lab.vm(1), "rm /etc/ssh/sshd_config.d/test.conf; kill -HUP $(cat /run/sshd.pid)");
    }
  });
});

describe("users other than root", () => {
  test("become root by sudo without a password", async () => {
    const host = await connect(lab.vm(1), { user: "admin" });
    expect((await host.run("id -un; cat", { input: "input" })).stdout).toBe("root\ninput");
    await host.putFiles([{ path: "/etc/host-test/key", content: "secret\n", mode: 0o600 }]);
    expect((await lab.exec(lab.vm(1), "stat -c '%U %a' /etc/host-test/key")).stdout).toBe("root 600\n");
    expect(
      errorsOf((await preflight(host, { dataRoot: SPACIOUS, requiredPorts: [], reachability: [] })).findings),
    ).toEqual([]);
  });

  test("who may not are told what to do", async () => {
    const error = await failure((await connect(lab.vm(1), { user: "guest" })).run("true"));
    expect(error.kind).toBe("sudo");
    expect(error.message).toMatch(/^guest@.*cannot become root: sudo -n: .*NOPASSWD/s);
  });
});

describe("preflight", () => {
  test("a good VM has no errors; its facts are what the VM itself says", async () => {
    const vm = lab.vm(1);
    const { facts, findings } = await look(vm);
    expect(errorsOf(findings)).toEqual([]);
    expect(facts).toMatchObject({
      hostname: "twin",
      os: { system: "Linux", id: "debian" },
      docker: { state: "running", storageDriver: "overlay2" },
      dataRoot: "empty",
    });
    expect(facts.addresses).toContain(vm.address);
    expect(facts.listeners).toEqual([]);
    const said = (command: string) => lab.exec(vm, command).then((r) => r.stdout.trim());
    expect(facts.kernel).toBe(await said("uname -r"));
    expect(String(facts.cpu.count)).toBe(await said("nproc"));
    expect(facts.docker.version).toBe(await said("docker version --format '{{.Server.Version}}'"));
  });

  test("port 2379 taken: by whom", async () => {
    const vm = lab.vm(1);
    await lab.exec(vm, "/usr/sbin/sshd -p 2379 -o PidFile=/run/sshd-2379.pid");
    try {
      const { findings } = await look(vm);
      expect(errorsOf(findings)).toEqual([
        expect.stringMatching(/^port 2379 is taken: sshd \(pid \d+\) listens on .*:2379\. Stop it/),
      ]);
    } finally {
      await lab.exec(vm, "kill $(cat /run/sshd-2379.pid)");
    }
  });

  test("disk full: how full, and where", async () => {
    const vm = lab.vm(1);
    await lab.fillDisk(vm, "/var/lib/milvus-onprem");
    try {
      const { findings } = await look(vm, { dataRoot: "/var/lib/milvus-onprem" });
      expect(errorsOf(findings)).toEqual([
        expect.stringMatching(
          /^the disk is full: 0 GiB of 0.1 GiB free on \/var\/lib\/milvus-onprem.*at least 5 GiB is needed/,
        ),
      ]);
      const path = "/var/lib/milvus-onprem/conf/file";
      const error = await failure(
        (await connect(vm)).putFiles([{ path, content: "x".repeat(100_000), mode: 0o600 }]),
      );
      expect(error.message).toMatch(/write \S+ failed: .*No space left on device.*nothing was replaced/s);
      expect((await lab.exec(vm, "ls -A /var/lib/milvus-onprem/conf 2>/dev/null")).stdout).toBe("");
    } finally {
      await lab.freeDisk(vm, "/var/lib/milvus-onprem");
    }
  });

  test("clock 5 minutes off: refused, against this machine and among the peers", async () => {
    await lab.skew(lab.vm(2), -300);
    try {
      const [first, second] = await Promise.all([look(lab.vm(1)), look(lab.vm(2))]);
      expect(errorsOf(first.findings)).toEqual([]);
      expect(errorsOf(second.findings)).toEqual([
        expect.stringMatching(
          /^the clock is wrong: it is (4 min 5\d|5 min \d) s behind the clock of this machine/,
        ),
      ]);
      const peers = [
        { name: "peer-1", facts: first.facts },
        { name: "peer-2", facts: { ...second.facts, hostname: "other" } },
      ];
      expect(errorsOf(compareHosts(peers))).toEqual([
        expect.stringMatching(/^the clocks of the peers differ: peer-1 is .* ahead of peer-2/),
      ]);
    } finally {
      await lab.skew(lab.vm(2), 0);
    }
  });

  test("two peers of one host name are refused", async () => {
    const looks = await Promise.all(lab.vms.map((vm) => look(vm)));
    const peers = looks.map(({ facts }, i) => ({ name: `peer-${i + 1}`, facts }));
    expect(errorsOf(compareHosts(peers))).toEqual([
      expect.stringMatching(/^peers have the same host name: peer-1, peer-2 are all called "twin"/),
    ]);
  });

  test("peers: a port without a listener counts as reachable, one behind a firewall does not", async () => {
    const [a, b] = [lab.vm(1), lab.vm(2)];
    const reachability = [`${b.address}:22`, `${b.address}:2380`];
    const free = await look(a, { reachability });
    expect(free.facts.reachability).toEqual({
      [`${b.address}:22`]: "open",
      [`${b.address}:2380`]: "refused",
    });
    expect(errorsOf(free.findings)).toEqual([]);
    await lab.partition(b, [a]);
    try {
      const cut = await look(a, { reachability });
      expect(errorsOf(cut.findings)).toEqual(
        reachability.map((t) => expect.stringMatching(`^cannot reach ${t} from the VM`)),
      );
    } finally {
      await lab.heal(b);
    }
  });

  test("a foreign address is refused", async () => {
    const { findings } = await look(lab.vm(1), { address: lab.vm(2).address });
    expect(errorsOf(findings)).toEqual([expect.stringMatching(/^the peer's address is not one of the VM/)]);
  });
});

describe("drives", () => {
  const [disk, plain, fast] = ["/mnt/disk1", "/mnt/plain", "/mnt/fast"];
  /** Gone after a power cut, as a mount that /etc/fstab lacks. */
  const mounts = `mkdir -p ${disk} ${plain} ${fast} && mount --bind /var/lib/milvus-onprem ${disk} && mount -t tmpfs tmpfs ${fast}`;

  test("are told from directories, and never made on the root disk after a restart without the mount", async () => {
    const vm = lab.vm(2);
    await lab.exec(vm, mounts);
    const asked = { mountPoints: [disk, plain], dataDirs: [`${fast}/etcd`, fast] };
    const { facts, findings } = await look(vm, { ...asked, clusterId: "c-1" });
    expect(facts.mounts[disk]).toMatchObject({
      state: "mounted",
      writable: true,
      disk: { filesystem: "ext4" },
    });
    expect(errorsOf(findings)).toEqual([
      expect.stringMatching(`^nothing is mounted at ${plain}`),
      expect.stringMatching(`^${fast} is a mount point itself`),
    ]);
    const host = await connect(vm);
    const data = { mountPoints: [disk], dataDirs: [`${fast}/etcd`] };
    await ensureImage(host, { reference: image() });
    await ensureMountFolders(host, data.mountPoints, "c-1");
    await ensureDataDirs(host, data.dataDirs);
    await startDaemon(host, { image: image(), dataRoot: SPACIOUS, ...data });
    await lab.kill(vm);
    await lab.start(vm);
    const again = await connect(vm);
    await eventually("the daemon is back", 60_000, () => daemonRunning(again));
    expect((await again.run(`ls -A ${disk} ${fast}`)).stdout).toBe(`${disk}:\n\n${fast}:\n`);
    const clean = () => cleanHost(again, { deleteData: true, dataRoot: SPACIOUS });
    expect((await failure(ensureDataDirs(again, data.dataDirs))).message).toMatch(
      /was there before and is gone/,
    );
    expect((await failure(clean())).message).toMatch(`${disk} is not mounted`);
    await lab.exec(vm, mounts);
    await clean();
    expect((await again.run(`ls -A ${disk}`)).stdout).not.toMatch(/milvus-onprem/);
  });
});

describe("images", () => {
  test("pulled from the registry, once", async () => {
    const host = await connect(lab.vm(1));
    const first = await ensureImage(host, { reference: image() });
    expect(first.how).toBe("pulled");
    expect(await ensureImage(host, { reference: image() })).toEqual({ ...first, how: "present" });
  });

  test.each<[string, () => string, RegExp]>([
    [
      "a wrong digest",
      () => `${image("host-test/listener")}@sha256:${"0".repeat(64)}`,
      /the registry has no image of this digest.*imagetools inspect/s,
    ],
    ["a wrong tag", () => image("host-test/listener:2"), /the registry has no image of this name and tag/],
    [
      "a registry that is not there",
      () => "198.18.255.254:5000/x:1",
      /the VM cannot reach the registry|docker: /,
    ],
  ])("%s is a clear error that names the image", async (_title, reference, message) => {
    const error = await failure(ensureImage(await connect(lab.vm(1)), { reference: reference() }));
    expect(error.kind).toBe("image");
    expect(error.message).toContain(`root@${lab.vm(1).address}:22: cannot pull image ${reference()}: `);
    expect(error.message).toMatch(message);
  });

  test("sent as an archive, and skipped the second time", async () => {
    const archive = join(dir, "listener.tar");
    execFileSync("docker", ["tag", imageOf(listenerRecipe), LISTENER]);
    try {
      execFileSync("docker", ["save", "--output", archive, LISTENER]);
    } finally {
      execFileSync("docker", ["rmi", LISTENER]);
    }
    const host = await connect(lab.vm(2), { user: "admin" });
    const first = await ensureImage(host, { reference: LISTENER, archive });
    expect(first.how).toBe("sent");
    expect(
      (await lab.exec(lab.vm(2), `docker image inspect --format '{{.Id}}' ${LISTENER}`)).stdout.trim(),
    ).toBe(first.id);
    expect(await ensureImage(host, { reference: LISTENER, archive })).toEqual({ ...first, how: "present" });
    const other = await failure(ensureImage(host, { reference: "host-test/other:1", archive }));
    expect(other.message).toMatch(
      /the archive does not hold host-test\/other:1: Loaded image: host-test\/listener:1/,
    );
  });

  test("an archive that is none", async () => {
    const archive = join(dir, "broken.tar.gz");
    writeFileSync(archive, "not an archive");
    const error = await failure(ensureImage(await connect(lab.vm(1)), { reference: LISTENER, archive }));
    expect(error.kind).toBe("image");
    expect(error.message).toMatch(/load image \S+ from \S+broken.tar.gz failed/);
  });
});

describe("the daemon", () => {
  const daemon = () => ({ image: image(), dataRoot: SPACIOUS });

  test("starts, stays, is found again, restarts, stops", async () => {
    const host = await connect(lab.vm(1));
    await ensureImage(host, { reference: image() });
    expect(await daemonState(host)).toMatchObject({ status: "missing" });
    expect(await startDaemon(host, daemon())).toBe("created");
    expect(await daemonRunning(host)).toBe(true);
    expect(await startDaemon(host, daemon())).toBe("unchanged");
    expect(await startDaemon(host, { ...daemon(), restart: true })).toBe("restarted");
    const inspect =
      "docker inspect --format '{{.HostConfig.NetworkMode}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.LogConfig.Config}}' milvus-onprem";
    expect((await lab.exec(lab.vm(1), inspect)).stdout.trim()).toBe(
      "host always map[max-file:3 max-size:10m]",
    );
    expect((await lab.exec(lab.vm(1), "milvus-onprem --version 2>&1")).stdout).toMatch(/exec.*milvus-onprem/); // the stand-in has no CLI
  });

  test.each([
    ["rshared", "at once"],
    ["rprivate", "once it is restarted"],
  ])("sees a share that is mounted later on a host whose mounts are %s %s", async (propagation, when) => {
    const host = await connect(lab.vm(1));
    await lab.exec(lab.vm(1), `mount --make-${propagation} /`);
    await stopDaemon(host);
    await startDaemon(host, daemon());
    const share = "/mnt/share";
    await lab.exec(
      lab.vm(1),
      `mkdir -p ${share} && mount -t tmpfs share ${share} && echo here > ${share}/file`,
    );
    try {
      const inside = `/proc/$(docker inspect -f '{{.State.Pid}}' milvus-onprem)/root${share}`;
      const look = async () => (await lab.exec(lab.vm(1), `cat ${inside}/file`)).stdout;
      if (when !== "at once") {
        expect(await look()).toBe("");
        await lab.exec(lab.vm(1), "docker restart milvus-onprem");
      }
      expect(await look()).toBe("here\n");
    } finally {
      await stopDaemon(host);
      await lab.exec(lab.vm(1), `umount ${share}`);
    }
    await startDaemon(host, daemon());
  });

  test("its ports do not stand in the way of a second apply, a stranger's container does", async () => {
    const host = await connect(lab.vm(1));
    await startDaemon(host, daemon());
    await eventually(
      "the stand-in listens",
      20_000,
      async () => (await look(lab.vm(1))).facts.listeners!.length > 0,
    );
    const own = await look(lab.vm(1));
    expect(own.facts.listeners).toEqual([
      expect.objectContaining({ port: 5000, container: "milvus-onprem", own: true }),
    ]);
    expect(errorsOf(own.findings)).toEqual([]);
    await stopDaemon(host);
    await lab.exec(lab.vm(1), `docker run --detach --name stranger --network host ${image()}`);
    try {
      await eventually(
        "the stranger listens",
        20_000,
        async () => (await look(lab.vm(1))).facts.listeners!.length > 0,
      );
      expect(errorsOf((await look(lab.vm(1))).findings)).toEqual([
        expect.stringMatching(/^port 5000 is taken: registry \(pid \d+\) in container stranger listens/),
      ]);
    } finally {
      await lab.exec(lab.vm(1), "docker rm --force stranger");
    }
  });

  test("cleaning leaves no container and no configuration, and data as asked", async () => {
    const vm = lab.vm(1);
    const host = await connect(vm);
    await startDaemon(host, daemon());
    await host.putFiles([{ path: `${SPACIOUS}/etcd/db`, content: "data", mode: 0o600 }]);
    await lab.exec(
      vm,
      `docker run --detach --name milvus-etcd --label com.docker.compose.project=milvus --entrypoint /registry ${image()} serve /config.yml`,
    );
    const left = () =>
      lab
        .exec(
          vm,
          `docker ps -aq; ls -d /etc/milvus-onprem /usr/local/bin/milvus-onprem ${SPACIOUS} 2>/dev/null`,
        )
        .then((r) => r.stdout.trim());
    await cleanHost(host, { deleteData: false, dataRoot: SPACIOUS });
    expect(await left()).toBe(SPACIOUS);
    expect((await lab.exec(vm, `cat ${SPACIOUS}/etcd/db`)).stdout).toBe("data");
    await cleanHost(host, { deleteData: true, dataRoot: SPACIOUS });
    await cleanHost(host, { deleteData: true, dataRoot: SPACIOUS });
    expect(await left()).toBe("");
  });
});

test("no secret shows in the VM's process list, files of others or Docker's configuration", async () => {
  const vm = lab.vm(1);
  const secrets = ["s3cret-registry-password", "s3cret-private-key"];
  await lab.exec(
    vm,
    "touch /run/watch; (while [ -e /run/watch ]; do ps -eo args; done > /run/seen 2>&1) & disown",
  );
  const host = await connect(vm, { user: "admin" });
  await lab.exec(vm, `docker rmi ${image()}`);
  const registryAuth = { username: "robot", password: secrets[0]! };
  expect((await ensureImage(host, { reference: image(), registryAuth })).how).toBe("pulled");
  await host.putFiles([{ path: "/etc/host-test/peer.key", content: secrets[1]!, mode: 0o600 }]);
  const { stdout: seen } = await lab.exec(vm, "rm /run/watch; sleep 0.5; cat /run/seen");
  expect(seen).toContain("docker"); // the watch did see what we ran
  const { stdout: files } = await lab.exec(
    vm,
    "cat /root/.docker/config.json; find /etc /tmp /root /home -type f -perm /044 -size -1M -exec cat {} + | tr -d '\\000'",
  );
  for (const secret of [...secrets, ...secrets.map((s) => Buffer.from(s).toString("base64"))]) {
    expect({ secret, shown: seen.includes(secret), readable: files.includes(secret) }).toEqual({
      secret,
      shown: false,
      readable: false,
    });
  }
});

test("a changed host key is refused, before anything is sent", async () => {
  const before = lab.vm(2);
  const after = await lab.wipe(before);
  const error = await failure(connect(before, { timeoutSeconds: 60 }));
  expect(error.kind).toBe("host-key");
  expect(error.message).toMatch(
    /the host key is not the pinned one: the host presented ssh-ed25519 SHA256:\S+, pinned is/,
  );
  await expect(connect(after)).resolves.toBeInstanceOf(Host);
});

describe("a VM without Docker", () => {
  let bare: Lab;
  beforeAll(async () => {
    await Lab.remove("host-bare");
    bare = await Lab.up({ name: "host-bare", vms: 1, images: false, docker: false });
  });
  afterAll(async () => await bare?.down());

  test("is told, and how to have it installed", async () => {
    const host = await connect(bare.vm(1));
    const { facts, findings } = await preflight(host, {
      dataRoot: SPACIOUS,
      requiredPorts: [],
      reachability: [],
    });
    expect(facts.docker).toMatchObject({ state: "missing" });
    expect(errorsOf(findings)).toEqual([
      expect.stringMatching(/^Docker is missing: .*install_docker = true/),
    ]);
    expect((await failure(ensureDocker(host, { install: false }))).message).toMatch(/Docker is missing/);
  });

  test("gets the distribution's where that is allowed", async () => {
    const host = await connect(bare.vm(1), { user: "admin" });
    const version = await ensureDocker(host, { install: true });
    expect(version).toMatch(/^\d+\.\d+\./);
    const { facts } = await preflight(host, { dataRoot: SPACIOUS, requiredPorts: [], reachability: [] });
    expect(facts.docker).toMatchObject({ state: "running", version });
    expect(await ensureDocker(host, { install: false, facts })).toBe(version);
  });
});
