import { Option, type Command } from "commander";
import { newClusterId, newSecrets } from "../../api/credentials";
import { newToken, tokenSha256 } from "../../api/token";
import { GATHERING_FILE, type Gathering } from "../../daemon/gather/gathering";
import { cleanHost, type Machine, type PeerPapers } from "../../host";
import { dataDirsOf, mountPointsOf } from "../../spec/disks";
import { hostPort } from "../../spec/host";
import { CONFIG_DIR } from "../../spec/paths";
import { portsOf } from "../../spec/ports";
import type { ClusterSecrets } from "../../spec/secrets";
import { ALERT_FORMATS, WATCHDOG_MODES, type ClusterSpec } from "../../spec/spec";
import { checkWebhookUrl } from "../../spec/validators";
import { wholeNumber } from "../arguments";
import { UsageError } from "../exit";
import { outputOption } from "../options";
import { print, type OutputFormat } from "../output";
import { backupFiles, backupOptions, backupsOf, type BackupOptions } from "../vm/backups";
import { describeVm, type NameOptions, type VmName } from "../vm/describe";
import { enroll, type Disks } from "../vm/enroll";
import { waitFormed } from "../vm/formed";
import { initText, type InitResult } from "../vm/init-text";
import { mustFit } from "../vm/look";
import { collect, waitOptions, type WaitOptions } from "../vm/options";
import { checkedSpec, sizeOf, templateOf, type TemplateOptions } from "../vm/template";
import { ownDaemon, readPapers, registriesOf, thisVm, type ThisVm } from "../vm/this-vm";

export interface InitOptions extends TemplateOptions, NameOptions, WaitOptions, BackupOptions {
  readonly registryUser?: string;
  readonly registryPasswordFile?: string;
  readonly alertWebhookFile?: string;
  readonly output: OutputFormat;
}

export function addInit(program: Command): void {
  const command = program
    .command("init")
    .description("begin a cluster on this VM; prints the command with which the other VMs join")
    .addOption(
      new Option("--mode <mode>", "standalone: one VM")
        .choices(["distributed", "standalone"])
        .default("distributed"),
    )
    .option("--milvus-version <version>", "e.g. v2.3.5; default: the newest that is known")
    .option("--ha-cluster-size <n>", "VMs that the cluster is formed of; default 3", wholeNumber(1, 50))
    .option("--drives-per-peer <n>", "MinIO drives on each VM; default 4, standalone 1", wholeNumber(1, 64))
    .option("--data-root <directory>", "directory that holds all data, on every VM")
    .option(
      "--advertise-address <address>",
      "address at which the others reach this VM; default: that of the default route",
    )
    .option("--name <name>", "name of this peer; default: the host name")
    .option("--cluster-name <name>", "name of the cluster", "milvus")
    .option("--registry <host[:port]>", "registry that takes the place of every image's own")
    .option("--registry-user <name>", "who pulls images there")
    .option("--registry-password-file <file>", "file with that user's password")
    .option(
      "--image <component=reference>",
      "another image of milvus, etcd, minio, pulsar or nginx; repeat",
      collect,
    )
    .option("--daemon-port <port>", "port of the daemons", wholeNumber(1, 65_535))
    .option("--port <name=port>", "another port that differs from its default; repeat", collect)
    .option("--config <key=value>", "a setting of Milvus; repeat", collect)
    .option(
      "--pulsar-host <peer>",
      "name of the peer that runs Pulsar, for versions that need it; default: this one",
    )
    .option("--alert-webhook-file <file>", "file with the URL where alerts are posted")
    .addOption(new Option("--alert-format <format>", "what the webhook speaks").choices([...ALERT_FORMATS]))
    .addOption(
      new Option("--watchdog <mode>", "whether sick containers are restarted").choices([...WATCHDOG_MODES]),
    )
    .addOption(outputOption());
  waitOptions(backupOptions(command)).action(init);
}

async function init(o: InitOptions): Promise<void> {
  const vm = thisVm();
  await refuseMember(vm.machine);
  const self = await describeVm(vm.machine, o);
  const size = sizeOf(o);
  const files = await backupFiles(vm.machine, o);
  const template = { ...templateOf(o, self.name, vm.image), backups: backupsOf(o, files) };
  const spec = checkedSpec(template, size, self);
  const given = await secretFiles(vm, o);
  await mustFit(vm.machine, {
    ...disksOf(spec, self.name),
    dataRoot: spec.dataRoot,
    registries: registriesOf(vm),
    requiredPorts: portsOf(spec, self.name).map((use) => use.port),
    address: self.address,
    reachability: [],
  });
  const made = await begin(vm, self, spec, {
    ...{ template, expected: size, external: files.secrets },
    ...given,
  });
  // Before anything is waited for: the token is nowhere else.
  print(o.output, resultOf(spec, self, size, made), initText);
  if (o.wait ?? size === 1) process.exitCode = await waitFormed(ownDaemon(made.papers), o);
}

const disksOf = (spec: ClusterSpec, name: string): Disks => ({
  mountPoints: mountPointsOf(spec, name),
  dataDirs: dataDirsOf(spec, name),
});

async function refuseMember(machine: Machine): Promise<void> {
  const papers = await readPapers(machine);
  if (!papers) return;
  const { name, clusterId } = papers.identity;
  throw new Error(
    `this VM is peer "${name}" of cluster ${clusterId} already; nothing has been changed. See milvus-onprem status; ` +
      "to begin another cluster here, take it out of that one first (milvus-onprem teardown)",
  );
}

type GivenSecrets = Pick<Gathering, "registryAuth" | "alertWebhookUrl">;

/** Secrets come in files: a command line is seen by everyone on the VM. */
async function secretFiles({ machine }: ThisVm, o: InitOptions): Promise<GivenSecrets> {
  if ((o.registryUser === undefined) !== (o.registryPasswordFile === undefined)) {
    throw new UsageError("--registry-user and --registry-password-file go together");
  }
  const read = async (path: string): Promise<string> => (await machine.readFile(path)).trim();
  const alertWebhookUrl = o.alertWebhookFile === undefined ? undefined : await read(o.alertWebhookFile);
  const wrong = alertWebhookUrl === undefined ? undefined : checkWebhookUrl(alertWebhookUrl);
  if (wrong !== undefined) throw new UsageError(`--alert-webhook-file: ${wrong}`);
  if (o.registryUser === undefined) return { alertWebhookUrl };
  const registryAuth = { username: o.registryUser, password: await read(o.registryPasswordFile!) };
  return { alertWebhookUrl, registryAuth };
}

interface Begun {
  readonly papers: PeerPapers;
  readonly token: string;
  readonly milvusRootPassword: string;
}

/** Makes the cluster's authority and secrets, and starts the daemon that waits for the others. Leaves nothing when it fails. */
async function begin(
  vm: ThisVm,
  self: VmName,
  spec: ClusterSpec,
  {
    external,
    ...g
  }: Pick<Gathering, "template" | "expected"> & Pick<ClusterSecrets, "external"> & GivenSecrets,
): Promise<Begun> {
  const { createCa, issueMilvusCert, issuePeerCertFor, PEER_CERT_DAYS, readRequest, requestCert } =
    await import("../../pki/index.js");
  const ca = await createCa(`${spec.name} CA`);
  const token = newToken(ca.certPem);
  const { keyPem, csrPem } = await requestCert();
  const names = { ...self, days: PEER_CERT_DAYS };
  const certPem = await issuePeerCertFor(csrPem, ca, names);
  const milvus = await issueMilvusCert(ca, names);
  const { name, address, hostname, machineId } = self;
  const { keySha256 } = await readRequest(csrPem);
  const first = { name, address, hostname, machineId, keySha256, clockOffsetMs: 0 };
  const secrets = { ...newSecrets(), external };
  const gathering: Gathering = { ...g, secrets, caKeyPem: ca.keyPem, peers: [first] };
  const identity = {
    ...{ clusterId: newClusterId(spec.name), name, address, tokenSha256: tokenSha256(token) },
    ...{ daemonPort: spec.ports.daemon, dataRoot: spec.dataRoot },
  };
  const papers = { identity, caPem: ca.certPem, certPem, keyPem, milvus };
  const file = { path: `${CONFIG_DIR}/${GATHERING_FILE}`, content: JSON.stringify(gathering), mode: 0o600 };
  try {
    await enroll(vm, papers, { ...disksOf(spec, name), more: [file], again: "run init again" });
  } catch (error) {
    await cleanHost(vm.machine, { deleteData: false, dataRoot: spec.dataRoot, keepCommand: true }).catch(
      () => undefined,
    );
    throw error;
  }
  return { papers, token, milvusRootPassword: gathering.secrets.milvusRootPassword };
}

function resultOf(spec: ClusterSpec, self: VmName, size: number, made: Begun): InitResult {
  const endpoint = hostPort(self.address, spec.ports.daemon);
  const missing = size - 1;
  return {
    cluster: { id: made.papers.identity.clusterId, name: spec.name, version: spec.version, size },
    peer: { name: self.name, address: self.address },
    token: made.token,
    join: missing > 0 ? `milvus-onprem join ${endpoint} ${made.token}` : undefined,
    waitingFor:
      missing > 0 ? `${missing} more VM${missing === 1 ? "" : "s"} to join` : "the cluster to be formed",
    milvusRootPassword: made.milvusRootPassword,
  };
}
