/**
 * A cluster made by hand on VMs that have Docker and nothing else: the commands are typed on the VMs, as docs/by-hand.md says.
 * The tests build on each other in order. A fourth VM plays those who are not let in.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Lab, type Vm } from "../../lab";
import type { RunResult } from "../../lab/run";
import { newToken } from "../../lib/api/token";
import type { StatusReply } from "../../lib/api/wire";
import { createCa, requestCert } from "../../lib/pki";
import { importIdText } from "../../lib/spec/import-id";
import { dataCentre } from "../../tools/data-centre";
import { adjusted } from "../provider/support/adjusted";
import { milvusWorkspace } from "../provider/support/milvus";
import { unboxed } from "../provider/support/workspace";
import { onlyLong } from "../support/long";
import { onPeer } from "../support/peers";
import { Probe } from "../support/probe";

const { test: rare } = onlyLong("an import by Terraform, and a renewal of certificates, take minutes");

jest.setTimeout(6 * 60_000);

let lab: Lab;
let image: string;
let images: { daemon: string; pulsar: string; nginx: string };
let joinLine: string;
let token: string;
let password: string;

beforeAll(async () => {
  await Lab.remove("by-hand"); // what a killed run may have left
  const centre = await dataCentre({ name: "by-hand", vms: 4 });
  lab = centre.lab;
  ({ images } = JSON.parse(readFileSync(centre.inventory, "utf8")) as { images: typeof images });
  image = images.daemon;
});
afterAll(async () => {
  await (await Lab.attach("by-hand")).down();
});

/** Types a command on a VM. */
const type = (n: number, command: string, input?: string): Promise<RunResult> =>
  lab.exec(lab.vm(n), command, { timeoutMs: 300_000, input });
const refused = async (n: number, command: string, why: RegExp): Promise<void> => {
  const { code, stderr, stdout } = await type(n, command);
  expect({ command, code, said: stdout + stderr }).toMatchObject({
    code: 1,
    said: expect.stringMatching(why),
  });
};
const status = async (vm: Vm): Promise<StatusReply> =>
  JSON.parse((await lab.exec(vm, "milvus-onprem status --output json")).stdout) as StatusReply;
const files = (n: number): Promise<string> =>
  onPeer(lab, n, "ls /etc/milvus-onprem 2>/dev/null | wc -l; docker ps -aq | wc -l");
const init = (more = ""): string =>
  `milvus-onprem init --milvus-version=v2.3.5 --ha-cluster-size=3 --cluster-name=vectors --registry=${lab.registry} ` +
  `--image pulsar=${images.pulsar} --image nginx=${images.nginx} ${more}`;

describe("before there is a cluster", () => {
  test("one line puts the command on a VM", async () => {
    const path = "/usr/local/bin/milvus-onprem";
    const line = `docker run --rm ${image} wrapper ${image} | sh -c 'cat > ${path} && chmod 755 ${path}'`;
    await Promise.all([1, 2, 3, 4].map((n) => onPeer(lab, n, line)));
    expect(await onPeer(lab, 1, "milvus-onprem version")).toMatch(/\d+\.\d+\.\d+/);
  });

  test("preflight tells what is wrong, and changes nothing", async () => {
    const fit = await type(1, "milvus-onprem preflight --output json");
    expect({ ...fit, code: [0, 3].includes(fit.code) }).toMatchObject({ code: true });
    const wrong = await type(
      1,
      "milvus-onprem preflight --advertise-address 198.18.99.99 --data-root /etc/data",
    );
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toContain("the peer's address is not one of the VM");
    expect(await files(1)).toBe("0\n0");
  });

  test("init refuses what cannot work, all at once, before anything is changed", async () => {
    const wrong = await type(1, init("--milvus-version=v2.3.99 --config nonsense.key=1 --data-root /"));
    expect(wrong.code).toBe(2);
    for (const part of ["v2.3.99", "nonsense.key", "dataRoot"]) expect(wrong.stderr).toContain(part);
    await refused(
      1,
      init("--advertise-address 198.18.99.99"),
      /this VM cannot be used as it is[\s\S]*address/,
    );
    expect(await files(1)).toBe("0\n0");
  });
});

describe("gathering", () => {
  test("init prints the line with which the others join", async () => {
    const { code, stdout, stderr } = await type(1, init());
    expect({ code, stderr }).toMatchObject({ code: 0 });
    joinLine = /milvus-onprem join \S+:19500 mop1\.\S+/.exec(stdout)![0];
    expect(joinLine).toContain(`join ${lab.vm(1).address}:19500 `);
    token = joinLine.split(" ").at(-1)!;
    password = /user root, password (\S+)/.exec(stdout)![1]!;
  });

  test("status says what is waited for, without the token", async () => {
    const { health, waitingFor } = await status(lab.vm(1));
    expect({ health, waitingFor }).toMatchObject({
      health: "unformed",
      waitingFor: expect.stringMatching(/^1 of 3 peers/),
    });
    expect(waitingFor).not.toContain(token);
  });

  test("init where a cluster is, is refused", () =>
    refused(1, init(), /is peer "vm1" of cluster vectors-\w+ already/));

  test("a wrong token is refused: of another cluster before it is sent, another by the cluster", async () => {
    const stranger = newToken((await createCa("x")).certPem);
    await refused(2, joinLine.replace(token, stranger), /not the one that the token was made for/);
    const mistyped = token.replace(/^mop1\..{43}/, `mop1.${"A".repeat(43)}`);
    await refused(2, joinLine.replace(token, mistyped), /refuses this token/);
    expect(await files(2)).toBe("0\n0");
  });

  test("a name that is taken, and a clock that is wrong, are refused", async () => {
    await refused(2, `${joinLine} --name vm1`, /name "vm1" belongs to the peer at/);
    await lab.skew(lab.vm(2), 300);
    await refused(2, joinLine, /clock is wrong[\s\S]*5 min/);
    await lab.skew(lab.vm(2), 0);
    expect(await files(2)).toBe("0\n0");
  });

  test("of two joins at the same time on one VM, one goes on", async () => {
    const [a, b] = await Promise.all([type(2, joinLine), type(2, joinLine)]);
    expect([a.code, b.code].sort()).toEqual([0, 1]);
    expect((a.code === 1 ? a : b).stderr).toMatch(/is under way on this VM|already/);
    expect(a.stdout + b.stdout).toContain("2 of 3 peers");
  });

  test("a join that is done may be resumed: nothing changes", async () => {
    const again = await type(2, `${joinLine} --resume`);
    expect({ code: again.code, said: again.stdout + again.stderr }).toMatchObject({
      code: 0,
      said: expect.stringContaining("2 of 3 peers"),
    });
  });

  test("a peer of another cluster is refused, and can leave that one", async () => {
    expect((await type(4, init("--cluster-name=other"))).code).toBe(0);
    await refused(4, joinLine, /is peer "vm4" of cluster other-\w+ already/);
    await refused(4, `${joinLine} --resume`, /peer "vm4" of another cluster/);
    expect((await type(4, "milvus-onprem teardown --force")).code).toBe(0);
    expect(await files(4)).toBe("0\n0");
    await onPeer(
      lab,
      4,
      `docker run --rm ${image} wrapper ${image} > /usr/local/bin/milvus-onprem; chmod 755 /usr/local/bin/milvus-onprem`,
    );
  });

  test("the first peer remembers over a restart who has joined", async () => {
    await onPeer(lab, 1, "docker restart milvus-onprem");
    await onPeer(
      lab,
      1,
      "until milvus-onprem status >/dev/null 2>&1 || [ $? -ne 1 ] || milvus-onprem status 2>&1 | grep -q unformed; do sleep 1; done",
    );
    expect((await status(lab.vm(1))).waitingFor).toMatch(/^2 of 3 peers have joined/);
  });
});

describe("the cluster", () => {
  test("a join that was cut off is gone on with only when asked", async () => {
    const [{ keyPem }, { keyPem: milvusKeyPem }] = [await requestCert(), await requestCert()];
    const self = { name: "vm3", address: lab.vm(3).address };
    const draft = { endpoint: `${lab.vm(1).address}:19500`, ...self, keyPem, milvusKeyPem };
    const write = "mkdir -p /etc/milvus-onprem; umask 077; cat > /etc/milvus-onprem/joining.json";
    expect((await type(3, write, JSON.stringify(draft))).code).toBe(0);
    await refused(3, joinLine, /was interrupted: wait for it, or go on with --resume/);
  });

  test("forms by itself when the third VM joins; its token may come by standard input", async () => {
    const { code, stdout, stderr } = await type(
      3,
      `${joinLine.replace(token, "-")} --resume --timeout 5m`,
      token,
    );
    expect({ code, stdout, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("the cluster is formed"),
    });
  });

  test("status is ok on every peer, and smoke passes", async () => {
    for (const n of [1, 2, 3]) expect((await status(lab.vm(n))).health).toBe("ok");
    const smoke = await type(2, "milvus-onprem smoke");
    expect({ said: smoke.stdout + smoke.stderr, code: smoke.code }).toMatchObject({ code: 0 });
    for (const n of [1, 2, 3]) expect(smoke.stdout).toContain(`${lab.vm(n).address}:19537`);
  });

  test("a fourth VM is refused, and left as it was", async () => {
    await refused(4, joinLine, /has its 3 peers; adding more comes with a later release/);
    expect(await files(4)).toBe("0\n0");
  });

  rare(
    "Terraform takes it over: generated configuration plans to no change, and an edit of it is done by the leader",
    async () => {
      const workspace = await milvusWorkspace("");
      try {
        writeFileSync(workspace.path("token"), token, { mode: 0o600 });
        const idOf = (n: number): string => {
          const { user, address: host, privateKeyFile, hostKey } = lab.vm(n);
          const login = { user, host, privateKeyFile, hostKey, timeoutSeconds: 20 };
          return importIdText({ peers: [login], tokenFile: workspace.path("token") });
        };
        const block = (to: string, n: number): string =>
          `import {\n  to = ${to}\n  id = ${JSON.stringify(idOf(n))}\n}\n`;
        const peers = [1, 2, 3].map((n) => block(`milvus_peer.vm${n}`, n));
        const all = [block("milvus_credentials.cluster", 2), ...peers, block("milvus_cluster.vectors", 1)];
        workspace.configure(all.join(""));
        const generated = await workspace.plan("-generate-config-out=generated.tf");
        expect(unboxed(generated.output)).toContain("Secrets of cluster vectors are missing");
        const config = adjusted(workspace.read("generated.tf"));
        workspace.write("generated.tf", config);
        const planned = await workspace.plan();
        expect(planned.output).toContain("5 to import, 0 to add, 0 to change, 0 to destroy");
        const applied = await workspace.apply({ TF_LOG: "info" });
        expect(applied.output).toContain("5 imported, 0 added, 0 changed, 0 destroyed");
        workspace.configure("");
        const again = await workspace.plan();
        expect({ code: again.code, output: again.output }).toMatchObject({ code: 0 });
        for (const text of [config, planned.output, applied.output, again.output])
          for (const secret of [token, password, "PRIVATE KEY"]) expect(text.includes(secret)).toBe(false);
        expect(await workspace.attributes("milvus_credentials.cluster")).toMatchObject({
          milvus_root_password: password,
        });

        const containers = (): Promise<string> =>
          onPeer(
            lab,
            3,
            "docker ps -q | xargs docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}' | sort",
          );
        const kept = await containers();
        const spread = config.replace(/(load_balancing +)= null/, '$1= "spread"');
        // What an import cannot know is given to each milvus_peer in place, too.
        workspace.write("generated.tf", spread.replace(/(install_docker +)= false/g, "$1= true"));
        const edited = await workspace.plan();
        expect(edited.output).toContain("0 to add, 4 to change, 0 to destroy");
        expect(edited.output).toMatch(/\+ ".*nginx/);
        expect((await workspace.apply()).output).toContain("0 added, 4 changed, 0 destroyed");
        expect(await containers()).toBe(kept);
        expect(await onPeer(lab, 3, "cat /etc/milvus-onprem/rendered/nginx.conf")).toContain("least_conn");
        expect((await workspace.plan()).code).toBe(0);
        expect((await status(lab.vm(1))).health).toBe("ok");
      } finally {
        workspace.remove();
      }
    },
  );

  rare(
    "certificates are renewed on every port under load, and nothing but Milvus' roles is made anew",
    async () => {
      const ports = [2379, 2380, 9000, 19500];
      const ends = async (n: number): Promise<string[]> =>
        Promise.all(
          ports.map((port) =>
            onPeer(
              lab,
              n,
              `docker exec milvus-onprem node -e 'const tls=require("tls"),fs=require("fs"),d="/etc/milvus-onprem/tls/";` +
                `const s=tls.connect({host:"${lab.vm(n).address}",port:${port},rejectUnauthorized:false,` +
                `cert:fs.readFileSync(d+"peer.crt"),key:fs.readFileSync(d+"peer.key")},()=>{` +
                `console.log(new Date(s.getPeerCertificate().valid_to).toISOString());process.exit(0)});'`,
            ),
          ),
        );
      const containers = (n: number): Promise<string> =>
        onPeer(
          lab,
          n,
          "docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}' milvus-etcd milvus-minio milvus-nginx milvus-onprem",
        );
      const proxies = (): Promise<string[]> =>
        Promise.all([1, 2, 3].map((n) => onPeer(lab, n, "docker inspect -f '{{.Id}}' milvus-proxy")));
      const before = await Promise.all([1, 2, 3].map(ends));
      const [kept, roles] = [await Promise.all([1, 2, 3].map(containers)), await proxies()];
      const endpoints = [1, 2, 3].map((n) => `${lab.vm(n).address}:19537`);
      const as = { username: "root", password };
      const clients = await Probe.start({ endpoints, ...as, collection: "renewed", replicas: 1 });
      await clients.settled(20, 120_000);
      const { code, stdout, stderr } = await type(2, "milvus-onprem renew-certificates --all");
      expect({ code, said: stdout + stderr }).toMatchObject({ code: 0 });
      await clients.settled(20, 120_000);
      console.log(clients.noticed());
      expect(await clients.stop()).toEqual([]);
      for (const [i, found] of (await Promise.all([1, 2, 3].map(ends))).entries())
        for (const [j, end] of found.entries())
          expect(Date.parse(end)).toBeGreaterThan(Date.parse(before[i]![j]!));
      expect(await Promise.all([1, 2, 3].map(containers))).toEqual(kept);
      for (const [i, id] of (await proxies()).entries()) expect(id).not.toBe(roles[i]);
      expect(await onPeer(lab, 1, "milvus-onprem renew-certificates")).toContain(
        "no certificate is to be renewed yet",
      );
      expect((await status(lab.vm(1))).health).toBe("ok");
    },
  );

  test("secrets rest in files of root's alone, and in no process list, container or log", async () => {
    for (const n of [1, 2, 3]) {
      expect(
        await onPeer(
          lab,
          n,
          "ls /etc/milvus-onprem/gathering.json /etc/milvus-onprem/joining.json 2>/dev/null || true",
        ),
      ).toBe("");
      expect(await onPeer(lab, n, "stat -c %a /etc/milvus-onprem/secrets.json")).toBe("600");
      const seen = await onPeer(
        lab,
        n,
        "ps -eo args; docker ps -aq | xargs docker inspect; docker logs milvus-onprem 2>&1; " +
          "find /etc/milvus-onprem -type f -perm /044 -exec cat {} +",
      );
      for (const secret of [token, password, "PRIVATE KEY"]) expect(seen.includes(secret)).toBe(false);
    }
  });

  test("teardown takes one VM out, says who is left, and keeps the data; a new cluster is not begun on them", async () => {
    const { code, stderr } = await type(3, "milvus-onprem teardown --force");
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("vm1, vm2 still belong"),
    });
    expect(await files(3)).toBe("0\n0");
    expect(await onPeer(lab, 3, "ls /var/lib/milvus-onprem")).toMatch(/etcd[\s\S]*minio/);
    await onPeer(
      lab,
      3,
      `docker run --rm ${image} wrapper ${image} > /usr/local/bin/milvus-onprem; chmod 755 /usr/local/bin/milvus-onprem`,
    );
    await refused(3, init(), /holds data of an earlier cluster/);
  });

  test("a standalone cluster is one VM, formed by one command", async () => {
    const alone = init("--mode=standalone --cluster-name=alone").replace("--ha-cluster-size=3", "");
    const { code, stdout, stderr } = await type(4, alone);
    expect({ code, stdout, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("its health is ok"),
    });
    expect(stderr).not.toMatch(/tini/i);
    const gone = await type(4, "milvus-onprem teardown --data --force");
    expect({ code: gone.code, stderr: gone.stderr }).toMatchObject({ code: 0 });
    expect(await onPeer(lab, 4, "find /var/lib/milvus-onprem -type f | wc -l")).toBe("0");
  });
});
