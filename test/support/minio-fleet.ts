import type { Lab, Vm } from "../../lab";
import { HttpClient } from "../../lib/daemon/http";
import { createCa, issuePeerCert, type CertifiedKey } from "../../lib/pki";
import type { RenderedFile } from "../../lib/render/file";
import { minioFiles, minioService } from "../../lib/render/minio-pool";
import type { Service } from "../../lib/render/service";
import type { MinioSpec } from "../../lib/daemon/minio/pool";
import { CA_CERT, PEER_CERT, PEER_KEY, RENDER_DIR } from "../../lib/spec/paths";
import { driveDirs, minioPeers, poolWith } from "../../lib/spec/pool";
import type { ClusterSecrets } from "../../lib/spec/secrets";
import type { PeerSpec } from "../../lib/spec/spec";

/**
 * MinIO alone, as it is rendered, on the VMs of a lab: peer-N of every spec is vmN. Specs with ports and data roots of their
 * own run side by side, so that one paused VM is an outage to all of them.
 */
export class MinioFleet {
  private constructor(
    private readonly lab: Lab,
    private readonly secrets: ClusterSecrets,
    readonly http: HttpClient,
  ) {}

  /** Gives every VM its certificate. */
  static async on(lab: Lab, secrets: ClusterSecrets): Promise<MinioFleet> {
    const ca = await createCa("test");
    await Promise.all(lab.vms.map((vm) => certify(lab, vm, ca)));
    const own = await issuePeerCert(ca, { name: "test", address: "127.0.0.1", days: 1 });
    const http = new HttpClient({ ca: ca.certPem, cert: own.certPem, key: own.keyPem });
    return new MinioFleet(lab, secrets, http);
  }

  async start(specs: readonly MinioSpec[]): Promise<void> {
    await Promise.all(
      this.lab.vms.map(({ index }) => this.onVm(index, specs, (...at) => this.startScript(...at))),
    );
  }

  /** Ends them and forgets what they stored. */
  async remove(specs: readonly MinioSpec[]): Promise<void> {
    await Promise.all(this.lab.vms.map(({ index }) => this.onVm(index, specs, removeScript)));
  }

  private async onVm(
    index: number,
    specs: readonly MinioSpec[],
    script: (spec: MinioSpec, peer: PeerSpec) => string[],
  ): Promise<void> {
    const lines = specs.flatMap((spec) =>
      minioPeers(spec)
        .filter(({ name }) => name === peerName(index))
        .flatMap((peer) => script(spec, peer)),
    );
    if (lines.length > 0) await shell(this.lab, this.lab.vm(index), lines);
  }

  private startScript(spec: MinioSpec, peer: PeerSpec): string[] {
    const service = minioService(spec, peer, poolWith(spec, peer.name)!);
    const files = minioFiles(spec, spec.storage, this.secrets).map((f) => ({
      ...f,
      name: `${spec.name}/${f.name}`,
    }));
    return [
      `mkdir -p ${driveDirs(spec, poolWith(spec, peer.name)!).join(" ")} ${RENDER_DIR}/${spec.name}`,
      ...files.map((file) => writeScript({ ...file, name: `${RENDER_DIR}/${file.name}` })),
      dockerRun(spec, service),
    ];
  }
}

/** Name of the peer that a VM is. */
export const peerName = (vm: number): string => `peer-${vm}`;

const container = (spec: MinioSpec): string => `minio-${spec.name}`;

const quoted = (word: string): string => `'${word}'`;

/** What lib/render/compose.ts makes of a service, for VMs whose Docker has no compose. */
function dockerRun(
  spec: MinioSpec,
  { image, command = [], environment = {}, files = [], data = [] }: Service,
): string {
  const ours = (file: string): string => file.replace(`${RENDER_DIR}/`, `${RENDER_DIR}/${spec.name}/`);
  const options = [
    ...["--detach", "--name", container(spec), "--network", "host"],
    ...spec.peers.flatMap(({ name, address }) => ["--add-host", `${name}:${address}`]),
    ...files.flatMap((file) => ["--volume", `${ours(file)}:ro`]),
    ...data.flatMap(({ source, target }) => ["--mount", `type=bind,source=${source},target=${target}`]),
    ...Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"],
  ];
  return ["docker run", ...[...options, image, ...command].map(quoted), ">/dev/null"].join(" ");
}

function removeScript(spec: MinioSpec): string[] {
  return [
    `docker rm --force ${container(spec)} >/dev/null; rm -rf ${spec.dataRoot} ${RENDER_DIR}/${spec.name}`,
  ];
}

async function certify(lab: Lab, vm: Vm, ca: CertifiedKey): Promise<void> {
  const { index, address } = vm;
  const { certPem, keyPem } = await issuePeerCert(ca, { name: peerName(index), address, days: 1 });
  const files = [
    { name: CA_CERT, content: ca.certPem, mode: 0o644 },
    { name: PEER_CERT, content: certPem, mode: 0o644 },
    { name: PEER_KEY, content: keyPem, mode: 0o600 },
  ] as const;
  await shell(lab, vm, files.map(writeScript));
}

/** By standard input: the script holds keys. */
async function shell(lab: Lab, vm: Vm, lines: readonly string[]): Promise<void> {
  const script = ["set -e", ...lines, ""].join("\n");
  const { code, stderr } = await lab.exec(vm, "bash -s", { input: script, timeoutMs: 300_000 });
  if (code !== 0) throw new Error(`MinIO on ${vm.name}: exit code ${code}: ${stderr}`);
}

function writeScript({ name, content, mode }: RenderedFile): string {
  return `install -D -m ${mode.toString(8)} /dev/stdin ${name} <<'END'\n${content.trimEnd()}\nEND`;
}
