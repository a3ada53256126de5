/**
 * A deployment of three and of five peers, from synth to the end of `terraform apply`, against hand-written commands that bring
 * the same containers up: on all VMs in parallel, `docker compose pull` and `up` of files that are there already, until every
 * role is healthy. The baseline makes no certificates, checks nothing, sets no password and elects no leader. Both start on VMs
 * that have Docker and the daemon's image (the baseline takes compose from it), and none of the components' images.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab, Vm } from "../lab";
import { newSecrets } from "../lib/api/credentials";
import { certificateFiles } from "../lib/host";
import { createCa, issueMilvusCert, issuePeerCert } from "../lib/pki";
import { peerServices, renderPeer } from "../lib/render";
import { compileSpec } from "../lib/spec/compile";
import { peerOf } from "../lib/spec/host";
import { RENDER_DIR } from "../lib/spec/paths";
import type { ClusterSecrets } from "../lib/spec/secrets";
import type { ClusterSpec } from "../lib/spec/spec";
import { Deployment } from "../test/support/deployment";
import { dataCentre, type DataCentre } from "../tools/data-centre";
import { report } from "./report";

const { minioRootUser, minioRootPassword, ...others } = newSecrets();
/** Nobody makes a MinIO user for Milvus by hand: it is root. */
const SECRETS: ClusterSecrets = {
  ...others,
  ...{ minioRootUser, minioRootPassword },
  ...{ minioUser: minioRootUser, minioPassword: minioRootPassword },
};

async function onVm(lab: Lab, vm: Vm, command: string, input?: string): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(vm, command, { timeoutMs: 600_000, input });
  if (code !== 0) throw new Error(`${vm.name}: ${command}: ${stderr || stdout}`);
  return stdout;
}

function specOf(lab: Lab): ClusterSpec {
  const peers = lab.vms.map((vm) => ({ name: `peer-${vm.index}`, address: vm.address }));
  const { spec, problems } = compileSpec({
    name: "bench",
    version: "v2.3.5",
    peers,
    storage: { pools: [{ peers: peers.map((p) => p.name), drivesPerPeer: 4 }] },
    queue: { pulsarSingleton: { host: "peer-2" } },
    registry: lab.registry,
    images: { pulsar: `${lab.registry}/apachepulsar/pulsar:3.0.0`, nginx: `${lab.registry}/nginx:1.22.1` },
  });
  if (!spec) throw new Error(problems.map((p) => p.message).join("; "));
  return spec;
}

/** Not timed: what a person would have written by hand is in place. */
async function layFiles(lab: Lab, spec: ClusterSpec): Promise<void> {
  const ca = await createCa("bench");
  await Promise.all(
    lab.vms.map(async (vm) => {
      const name = `peer-${vm.index}`;
      const names = { name, address: vm.address, days: 2 };
      const [own, milvus] = await Promise.all([issuePeerCert(ca, names), issueMilvusCert(ca, names)]);
      const files = renderPeer(spec, name, SECRETS).map((f) => ({
        path: join(RENDER_DIR, f.name),
        content: f.content,
      }));
      const tls = certificateFiles({ caPem: ca.certPem, ...own, milvus });
      const data = Object.values(peerServices(spec, peerOf(spec, name))).flatMap((s) => s.data ?? []);
      await onVm(lab, vm, `mkdir -p ${data.map(({ source }) => source).join(" ")}`);
      for (const { path, content } of [...files, ...tls]) {
        await onVm(lab, vm, `mkdir -p "$(dirname ${path})" && cat > ${path} && chmod 600 ${path}`, content);
      }
    }),
  );
}

/** Not timed: the daemon's image, under the reference that the inventory names. */
async function pullDaemon({ lab, inventory }: DataCentre): Promise<string> {
  const { images } = JSON.parse(readFileSync(inventory, "utf8")) as { images: { daemon: string } };
  await Promise.all(lab.vms.map((vm) => onVm(lab, vm, `docker pull -q ${images.daemon}`)));
  return images.daemon;
}

async function byHand(lab: Lab, spec: ClusterSpec, daemon: string): Promise<number> {
  await layFiles(lab, spec);
  const compose = `docker run --rm --entrypoint docker -v /var/run/docker.sock:/var/run/docker.sock -v ${RENDER_DIR}:${RENDER_DIR}:ro ${daemon} compose -f ${RENDER_DIR}/docker-compose.yml`;
  const healthy =
    "for p in 9091 9092 9093 9094 9095; do until curl -fsS -m 3 http://127.0.0.1:$p/healthz; do sleep 0.2; done; done";
  const from = performance.now();
  await Promise.all(
    lab.vms.map(async (vm) => {
      await onVm(lab, vm, `${compose} pull -q && ${compose} up -d`);
      await onVm(lab, vm, healthy);
    }),
  );
  return performance.now() - from;
}

async function deployed(centre: DataCentre): Promise<number> {
  const deployment = Deployment.create(`bench-${centre.lab.vms.length}`, centre);
  const vms = centre.lab.vms.map((vm) => vm.index);
  const from = performance.now();
  await deployment.synth({ vms });
  const { code, output } = await deployment.apply();
  if (code !== 0) throw new Error(output);
  return performance.now() - from;
}

async function inLab<T>(
  name: string,
  vms: number,
  work: (centre: DataCentre, daemon: string) => Promise<T>,
): Promise<T> {
  const centre = await dataCentre({ name, vms });
  try {
    return await work(centre, await pullDaemon(centre));
  } finally {
    await centre.lab.down();
  }
}

async function main(): Promise<void> {
  const hand = await inLab("bench-hand", 3, ({ lab }, daemon) => byHand(lab, specOf(lab), daemon));
  const three = await inLab("bench-three", 3, deployed);
  report("deploy of 3 peers", three, "hand-written commands", hand, "target: 1.25");
  const five = await inLab("bench-five", 5, deployed);
  report("deploy of 5 peers", five, "of 3 peers", three, "target: 1.2 where the CPU is not the limit");
}

void main();
