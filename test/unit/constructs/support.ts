import { App, TerraformStack, Testing } from "cdktf";
import {
  MilvusCluster,
  MilvusVersion,
  MinioWidePool,
  Peer,
  PulsarSingleton,
  SmokeTest,
  type MilvusClusterProps,
} from "../../../constructs";

export const ssh = { user: "ops", privateKeyFile: "/keys/id_ed25519" };
export const addresses = ["198.18.0.11", "198.18.0.12", "198.18.0.13"];

export function newStack(): TerraformStack {
  return new TerraformStack(new App(), "search");
}

export function newCluster(
  scope: TerraformStack,
  props: Partial<MilvusClusterProps> = {},
  id = "vectors",
): MilvusCluster {
  return new MilvusCluster(scope, id, { version: MilvusVersion.of("v2.3.5"), ...props });
}

export function addPeers(cluster: MilvusCluster, at: readonly string[] = addresses): Peer[] {
  return at.map((address, i) => new Peer(cluster, `peer-${i + 1}`, { address, ssh }));
}

/** A sound cluster of three, on a stack of its own. */
export function threePeers(props: Partial<MilvusClusterProps> = {}) {
  const stack = newStack();
  const cluster = newCluster(stack, props);
  const peers = addPeers(cluster) as [Peer, Peer, Peer];
  const pool = new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4 });
  const pulsar = new PulsarSingleton(cluster, "pulsar", { host: peers[1] });
  const smoke = new SmokeTest(cluster, "smoke");
  return { stack, cluster, peers, pool, pulsar, smoke };
}

/** What Terraform gets, by type and logical id. */
export function synth(stack: TerraformStack): Synthesised {
  return JSON.parse(Testing.synth(stack));
}

export interface Synthesised {
  readonly terraform: {
    readonly required_version: string;
    readonly required_providers: Record<string, unknown>;
  };
  readonly provider: Record<string, object[]>;
  readonly resource: Record<string, Record<string, Record<string, unknown>>>;
  readonly data?: Record<string, Record<string, Record<string, unknown>>>;
  readonly output?: Record<string, { readonly value: unknown }>;
}

/** The one resource of a type. */
export function only(stack: TerraformStack, type: string): Record<string, unknown> {
  const found = Object.values(synth(stack).resource[type] ?? {});
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type}`);
  return found[0] as Record<string, unknown>;
}

/** Warnings by the path of their construct. */
export function warnings(stack: TerraformStack): string[] {
  Testing.synth(stack);
  const annotated = stack.node
    .findAll()
    .flatMap((c) => c.node.metadata.map((m) => ({ path: c.node.path, ...m })));
  return annotated.filter((m) => m.type === "@cdktf/warn").map((m) => `[${m.path}] ${m.data}`);
}

/** Messages of a failed validation, without what cdktf puts around them. */
export function validationErrors(stack: TerraformStack): string[] {
  try {
    Testing.synth(stack, true);
  } catch (error) {
    return (error as Error).message
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.startsWith("["));
  }
  return [];
}
