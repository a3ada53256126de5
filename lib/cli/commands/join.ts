import type { Command } from "commander";
import { DaemonError } from "../../api/client";
import { tokenSha256 } from "../../api/token";
import type { JoinReply, JoinTerms } from "../../api/wire";
import { version } from "../../../package.json";
import type { PeerPapers } from "../../host";
import { hostPort } from "../../spec/host";
import { UsageError } from "../exit";
import { outputOption } from "../options";
import { note, print, type OutputFormat } from "../output";
import { openDesk, refusal, type ClusterDesk } from "../vm/cluster-desk";
import { describeVm, type NameOptions, type VmName } from "../vm/describe";
import { createDraft, readDraft, removeDraft } from "../vm/draft";
import { enroll, type Disks } from "../vm/enroll";
import { waitFormed } from "../vm/formed";
import { joinKeys, type Before, type JoinKeys } from "../vm/join-keys";
import { mustFit } from "../vm/look";
import { waitOptions, type WaitOptions } from "../vm/options";
import { readToken } from "../vm/read-token";
import { ownDaemon, readPapers, registriesOf, thisVm, type ThisVm } from "../vm/this-vm";

interface JoinOptions extends NameOptions, WaitOptions {
  readonly tokenFile?: string;
  readonly resume?: boolean;
  readonly output: OutputFormat;
}

export function addJoin(program: Command): void {
  const command = program
    .command("join")
    .description("make this VM a peer of the cluster that `init` began on another")
    .argument("<host:port>", "daemon of the first peer, as init has printed it")
    .argument(
      "[token]",
      "the cluster's token; - reads it from standard input, out of sight of other users of this VM",
    )
    .option("--token-file <file>", "file that holds the token")
    .option("--name <name>", "name of this peer; default: the host name")
    .option(
      "--advertise-address <address>",
      "address at which the others reach this VM; default: that of the default route",
    )
    .option("--resume", "go on with a join that was interrupted on this VM")
    .addOption(outputOption());
  waitOptions(command).action(join);
}

async function join(endpoint: string, given: string | undefined, o: JoinOptions): Promise<void> {
  const vm = thisVm();
  const before = await whatIsHere(vm, o);
  if (before.papers && (await isMember(before.papers)))
    return note("this VM is a member of its cluster already");
  const token = await readToken(vm, given, o.tokenFile);
  const desk = await openDesk(endpoint, token);
  const terms = await desk.daemon.joinTerms().catch((error: unknown) => {
    throw refusal(error);
  });
  const self = await describeVm(vm.machine, named(before, o));
  refuseMisfit(before, terms, self);
  await mustFit(vm.machine, {
    ...disksOf(terms),
    dataRoot: terms.dataRoot,
    registries: registriesOf(vm),
    requiredPorts: terms.requiredPorts,
    address: self.address,
    reachability: terms.peers
      .filter((p) => p.name !== self.name)
      .map((p) => hostPort(p.address, terms.daemonPort)),
    clusterId: terms.clusterId,
    mayHoldData: before.papers !== undefined,
  });
  const { keys, reply } = await ask(vm, desk, terms, self, before);
  for (const warning of reply.warnings) note(`warning: ${warning}`);
  const papers = papersOf(desk, terms, self, { token, keys, reply });
  await enroll(vm, papers, { ...disksOf(terms), again: "run join again with --resume" });
  await removeDraft(vm.machine);
  const { expected, joined } = reply;
  print(
    o.output,
    {
      cluster: terms.clusterName,
      clusterId: terms.clusterId,
      peer: { name: self.name, address: self.address },
      expected,
      joined,
    },
    joinText,
  );
  if (o.wait ?? joined === expected) process.exitCode = await waitFormed(ownDaemon(papers), o);
}

const disksOf = ({ mountPoints, dataDirs }: JoinTerms): Disks => ({ mountPoints, dataDirs });

async function whatIsHere({ machine }: ThisVm, { resume }: JoinOptions): Promise<Before> {
  const [papers, draft] = [await readPapers(machine), await readDraft(machine)];
  if (resume) {
    if (papers || draft) return { papers, draft };
    throw new UsageError("there is nothing to resume on this VM: leave --resume out");
  }
  if (papers) throw new Error(alreadyPeer(papers));
  if (draft) throw new Error(`${underWay(draft.endpoint)}; nothing has been changed`);
  return {};
}

/** A cluster that is formed admits nobody any more, not even for a join that has long succeeded. */
async function isMember(papers: PeerPapers): Promise<boolean> {
  return ownDaemon(papers)
    .health()
    .then(({ state }) => state === "member")
    .catch(() => false);
}

function alreadyPeer({ identity }: PeerPapers): string {
  return (
    `this VM is peer "${identity.name}" of cluster ${identity.clusterId} already; nothing has been changed. ` +
    "If that join was interrupted, go on with --resume; to take it out of that cluster: milvus-onprem teardown"
  );
}

function underWay(endpoint: string): string {
  return `a join through ${endpoint} is under way on this VM, or was interrupted: wait for it, or go on with --resume`;
}

/** What was begun under a name goes on under it. */
function named({ papers, draft }: Before, o: NameOptions): NameOptions {
  const known = papers?.identity ?? draft;
  return { name: o.name ?? known?.name, advertiseAddress: o.advertiseAddress ?? known?.address };
}

function refuseMisfit({ papers }: Before, terms: JoinTerms, self: VmName): void {
  if (papers && papers.identity.clusterId !== terms.clusterId) {
    const { name, clusterId } = papers.identity;
    throw new Error(
      `this VM is peer "${name}" of another cluster (${clusterId}), not of ${terms.clusterId}; nothing has been changed`,
    );
  }
  if (terms.peers.length < terms.expected || terms.peers.some((p) => p.name === self.name)) return;
  throw new Error(
    `the cluster "${terms.clusterName}" has its ${terms.expected} peers; adding more comes with a later release. Nothing has been changed`,
  );
}

/** Asks to be admitted, with keys that never leave this VM. What is refused leaves nothing behind. */
async function ask(
  { machine }: ThisVm,
  desk: ClusterDesk,
  terms: JoinTerms,
  self: VmName,
  before: Before,
): Promise<{ keys: JoinKeys; reply: JoinReply }> {
  const keys = await joinKeys(before);
  const { endpoint } = desk;
  const { name, address } = self;
  const draft = { endpoint, name, address, keyPem: keys.own.keyPem, milvusKeyPem: keys.milvus.keyPem };
  const isNew = !before.papers && !before.draft;
  if (isNew && !(await createDraft(machine, draft))) throw new Error(underWay(endpoint));
  const { daemonPort, dataRoot } = terms;
  const request = {
    ...{ ...self, csrPem: keys.own.csrPem, milvusCsrPem: keys.milvus.csrPem },
    ...{ daemonPort, dataRoot, daemonVersion: version, clockMs: Date.now() },
  };
  try {
    return { keys, reply: await desk.daemon.join(request) };
  } catch (error) {
    if (!(error instanceof DaemonError) || error.status >= 500) {
      throw new Error(`${(error as Error).message}. Once that is corrected, go on with --resume`, {
        cause: error,
      });
    }
    if (!before.papers) await removeDraft(machine);
    throw refusal(error);
  }
}

function papersOf(
  { caPem, endpoint }: ClusterDesk,
  { clusterId, daemonPort, dataRoot }: JoinTerms,
  { name, address }: VmName,
  { token, keys, reply }: { token: string; keys: JoinKeys; reply: JoinReply },
): Required<PeerPapers> {
  const tokenHash = tokenSha256(token);
  const identity = {
    clusterId,
    name,
    address,
    daemonPort,
    dataRoot,
    tokenSha256: tokenHash,
    joinedThrough: endpoint,
  };
  const milvus = { certPem: reply.milvusCertPem, keyPem: keys.milvus.keyPem };
  return { identity, caPem, certPem: reply.certPem, keyPem: keys.own.keyPem, milvus };
}

interface JoinResult {
  readonly cluster: string;
  readonly clusterId: string;
  readonly peer: { readonly name: string; readonly address: string };
  readonly expected: number;
  readonly joined: number;
}

/** For people. */
export function joinText({ cluster, peer, expected, joined }: JoinResult): string {
  const missing = expected - joined;
  const head = `${peer.name} at ${peer.address} has joined ${cluster}: ${joined} of ${expected} peers`;
  return missing > 0
    ? `${head}\nrun the same command on ${missing} more VM${missing === 1 ? "" : "s"}; the cluster forms by itself then`
    : `${head}\nthe cluster forms by itself now; milvus-onprem status shows how far it is`;
}
