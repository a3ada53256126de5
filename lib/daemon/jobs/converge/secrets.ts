import { sameOwnSecrets, sameSecrets, secretsId, type ClusterSecrets } from "../../../spec/secrets";
import { forgetSecrets as forgetTask, takeSecrets } from "../../tasks/take-secrets";
import { problemOf } from "../types/attempt";
import { steadyPeers, type ChangeContext } from "./context";

/** Those that may be in force at some point of a change, those that are wanted first. */
export async function secretsOnTheWay(ctx: ChangeContext): Promise<[ClusterSecrets, ...ClusterSecrets[]]> {
  const { from, to, unfinished } = ctx.params;
  const others = [from, unfinished ?? from].filter(
    (spec, i, all) => all.findIndex((other) => sameSecrets(other, spec)) === i && !sameSecrets(spec, to),
  );
  const { cluster } = await ctx.secretsOf(to);
  return [cluster, ...(await Promise.all(others.map(async (spec) => (await ctx.secretsOf(spec)).cluster)))];
}

/** Every peer has them before anything is touched, so that whoever leads later goes on with them. */
export async function handOutSecrets(ctx: ChangeContext): Promise<void> {
  const { from, to } = ctx.params;
  if (sameSecrets(from, to)) return;
  const { cluster } = await ctx.secretsOf(to);
  const given = { of: secretsId(to), cluster };
  const { signal } = ctx;
  const peers = steadyPeers(ctx.params);
  await Promise.all(peers.map(({ name }) => ctx.tasks.run(name, takeSecrets, given, { signal })));
  ctx.log("every peer has the new secrets; those in force stay so for now");
}

/** Of a change that was taken back. What a peer goes on keeping makes room for those of the next one. */
export async function forgetSecrets(ctx: ChangeContext): Promise<void> {
  const { to, unfinished = to } = ctx.params;
  if (sameSecrets(to, unfinished)) return;
  const of = secretsId(unfinished);
  const { signal } = ctx;
  const forgotten = steadyPeers(ctx.params).map(async ({ name }) => {
    const problem = await problemOf(ctx, () => ctx.tasks.run(name, forgetTask, { of }, { signal }));
    if (problem !== undefined) ctx.log(`${name} keeps the secrets that were given up: ${problem}`, "warn");
  });
  await Promise.all(forgotten);
}

/** The password that Milvus' root has at an address at this point of a change. */
export async function rootPassword(ctx: ChangeContext, address: string): Promise<string> {
  const { from, to, unfinished = from } = ctx.params;
  if (sameOwnSecrets(from, to) && sameOwnSecrets(from, unfinished))
    return ctx.secrets.cluster.milvusRootPassword;
  const all = new Set((await secretsOnTheWay(ctx)).map((secrets) => secrets.milvusRootPassword));
  const [wanted, ...others] = [...all] as [string, ...string[]];
  if (others.length === 0) return wanted;
  for (const password of [wanted, ...others])
    if (await ctx.ports.milvus.accepts(address, password)) return password;
  throw new Error(`Milvus at ${address} refuses both root's old password and the new one`);
}
