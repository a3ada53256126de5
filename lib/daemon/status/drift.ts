import type { DriftReply } from "../../api/wire";
import type { Drift } from "../../plan/drift";
import { fingerprints, peerServices } from "../../render";
import { peerOf } from "../../spec/host";
import type { PeerIdentity } from "../../spec/identity";
import type { ClusterSecrets } from "../../spec/secrets";
import type { ClusterSpec, PeerAddress } from "../../spec/spec";
import type { OwnCertificates } from "../certificates";
import type { ContainerState } from "../ports/runtime";
import type { Ports } from "../steps/step";
import { messageOf, within } from "../wait";

export interface DriftView {
  readonly identity: PeerIdentity;
  readonly spec: ClusterSpec;
  readonly generation: number;
  readonly local: () => Promise<Drift[]>;
  /** What another peer says of itself. */
  readonly ask: (peer: PeerAddress) => Promise<DriftReply>;
}

const ASK_MS = 5_000;
const NOTHING = "nothing";

/** What this peer, or each of the cluster, found. Peers that do not answer in time, or go by another spec, are told as missing. */
export async function clusterDrift(view: DriftView, localOnly: boolean): Promise<DriftReply> {
  const { spec, generation, identity } = view;
  const peers = localOnly ? [identity] : spec.peers;
  const answers = await Promise.all(peers.map((peer) => answer(view, peer)));
  return {
    generation,
    found: answers.flatMap((a) => (Array.isArray(a) ? a : [])),
    missing: answers.flatMap((a, i) =>
      Array.isArray(a) ? [] : [{ peer: peers[i]!.name, reason: a.reason }],
    ),
  };
}

async function answer(view: DriftView, peer: PeerAddress): Promise<Drift[] | { reason: string }> {
  const { name } = peer;
  try {
    if (name === view.identity.name) return await within(ASK_MS, `look of ${name}`, view.local());
    const { generation, found, missing } = await within(ASK_MS, `daemon of ${name}`, view.ask(peer));
    if (generation === view.generation) return missing[0] ?? found;
    return { reason: `it goes by generation ${generation} of the spec, and not by ${view.generation}` };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

/** What is not as the spec has it on this peer; a cluster that somebody has `stopped` has no containers. Containers that the spec does not have are none of its business. */
export async function localDrift(
  peer: string,
  spec: ClusterSpec,
  secrets: ClusterSecrets,
  { files, containers }: Pick<Ports, "files" | "containers">,
  certificates: Pick<OwnCertificates, "drift">,
  stopped = false,
): Promise<Drift[]> {
  const [changed, list] = await Promise.all([files.differences(spec, secrets), containers.list()]);
  const wanted = fingerprints(spec, peerOf(spec, peer));
  const services = Object.entries(peerServices(spec, peerOf(spec, peer)));
  const otherwise = services.map(async ([name, { image }]): Promise<Drift[]> => {
    const found = list.find(({ service }) => service === name);
    if (!found && stopped) return [];
    const here = found && (await containers.imageId(image));
    const difference = containerDifference(found, { image, id: here, fingerprint: wanted[name]! });
    return difference ? [{ peer, kind: "container", name, ...difference }] : [];
  });
  return [
    ...changed.map((file): Drift => ({ peer, kind: "file", ...file })),
    ...(await Promise.all(otherwise)).flat(),
    ...(await certificates.drift(spec, list)),
  ];
}

interface Wanted {
  readonly image: string;
  /** Of the image that the reference leads to here, where there is one. */
  readonly id?: string;
  readonly fingerprint: string;
}

function containerDifference(
  found: ContainerState | undefined,
  { image, id, fingerprint }: Wanted,
): Pick<Drift, "expected" | "found"> | undefined {
  if (!found) return { found: NOTHING, expected: `image ${image}` };
  if (found.image !== image) return { found: `image ${found.image}`, expected: `image ${image}` };
  if (id !== undefined && found.imageId !== undefined && found.imageId !== id)
    return { found: `image ${found.imageId}`, expected: `image ${id}, which is ${image} here` };
  if (found.fingerprint !== fingerprint)
    return {
      found: `definition ${found.fingerprint ?? "of somebody else"}`,
      expected: `definition ${fingerprint}`,
    };
  return undefined;
}
