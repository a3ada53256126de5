import { etcdPeers, etcdQuorum } from "../../spec/etcd";
import { hostPort } from "../../spec/host";
import type { ClusterSpec } from "../../spec/spec";
import { minioPeers } from "../../spec/pool";
import { pulsarHealthUrl, pulsarHost } from "../../spec/queue";
import { rolesIn } from "../../spec/roles";
import type { Http } from "../ports/runtime";

const PROBE_MS = 3_000;

export interface MissingOptions {
  readonly spec: ClusterSpec;
  /** Name of this peer. */
  readonly self: string;
  readonly http: Pick<Http, "get">;
  /** Whether another peer's daemon answers. */
  readonly answers: (node: string) => boolean;
}

/**
 * What components of this peer need of others and have not, by component. A restart helps none of them, and a guard that
 * stopped them for it would keep the cluster from coming back by itself after an outage.
 */
export async function missingElsewhere(o: MissingOptions): Promise<ReadonlyMap<string, string>> {
  const quorum = etcdMissing(o);
  const below = await Promise.all([pulsarElsewhere(o), minioPool(o)]);
  const forRoles = [quorum, ...below].find((what) => what !== undefined);
  const roles = rolesIn(o.spec).map((role) => role.name);
  return new Map([
    ...(quorum ? [["etcd", quorum] as const] : []),
    ...(forRoles ? roles.map((role) => [role, forRoles] as const) : []),
  ]);
}

/** etcd's health check asks for a quorum. */
function etcdMissing({ spec, self, answers }: MissingOptions): string | undefined {
  const members = etcdPeers(spec);
  const there = members.filter(({ name }) => name === self || answers(name)).length;
  return there < etcdQuorum(spec)
    ? `a quorum of etcd: ${there} of ${members.length} peers answer`
    : undefined;
}

async function pulsarElsewhere({ spec, self, http }: MissingOptions): Promise<string | undefined> {
  const host = pulsarHost(spec);
  if (host === undefined || host === self) return undefined;
  return (await pulsarAnswers({ spec, http })) ? undefined : `Pulsar on ${host}`;
}

/** By the way that Milvus' roles of this peer have to it. Without a token the broker answers 401: it is there. */
export function pulsarAnswers({ spec, http }: Pick<MissingOptions, "spec" | "http">): Promise<boolean> {
  return answers(http, pulsarHealthUrl(spec));
}

/** Any node can tell whether the pool has its quorum. */
async function minioPool({ spec, http }: MissingOptions): Promise<string | undefined> {
  const nodes = minioPeers(spec);
  if (nodes.length === 0) return undefined;
  const urls = nodes.map(
    ({ address }) => `https://${hostPort(address, spec.ports.minio)}/minio/health/cluster`,
  );
  const tells = await Promise.all(urls.map((url) => isOk(http, url)));
  return tells.includes(true) ? undefined : "the quorum of MinIO's drives";
}

async function isOk(http: Pick<Http, "get">, url: string): Promise<boolean> {
  return (await statusOf(http, url)) === 200;
}

/** A gateway's error (502 and the like) is nobody's answer. */
async function answers(http: Pick<Http, "get">, url: string): Promise<boolean> {
  return ((await statusOf(http, url)) ?? 500) < 500;
}

async function statusOf(http: Pick<Http, "get">, url: string): Promise<number | undefined> {
  return http.get(url, PROBE_MS).then(
    ({ status }) => status,
    () => undefined,
  );
}
