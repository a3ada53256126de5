import { peerServices } from "../../render";
import { peerOf } from "../../spec/host";
import { rolesIn } from "../../spec/roles";
import type { ClusterSpec } from "../../spec/spec";
import { recreate, writeFiles } from "./converge";
import { releasePulsarData } from "./pulsar-data";
import type { TaskContext } from "./task";

/**
 * What a change would have done on this peer, had it been there when Pulsar began elsewhere: nginx leads to the new one, Milvus' roles
 * start anew, for none of theirs has known any but the old one, and what that held is put aside. Its container goes last: while it is
 * there, this is not done.
 */
export async function catchUpWithPulsar(spec: ClusterSpec, ctx: TaskContext): Promise<void> {
  await ctx.ports.components.stop("pulsar");
  await writeFiles.run({ spec, reload: true }, ctx);
  const roles = rolesIn(spec).map(({ name }) => name);
  const own = Object.keys(peerServices(spec, peerOf(spec, ctx.config.identity.name)));
  const services = own.filter((service) => roles.includes(service));
  if (services.length > 0) await recreate.run({ spec, services, force: true }, ctx);
  await releasePulsarData.run({}, ctx);
  await ctx.ports.components.remove("pulsar");
}
