import { z } from "zod";
import { peerOf } from "../../spec/host";
import { PulsarData, type PulsarHolding } from "../pulsar-data";
import { askPeer } from "./peer-request";
import type { PeerTask, TaskContext } from "./task";

const nothing = z.strictObject({});
type Nothing = z.infer<typeof nothing>;

/** What the peer has of what Pulsar holds. */
export const reportPulsarData: PeerTask<Nothing, PulsarHolding> = {
  name: "report-pulsar-data",
  params: nothing,
  run: (_, ctx) => dataOf(ctx).look(),
};

const source = z.strictObject({
  /** Peer that has it in place. */
  from: z.string(),
  /** Of all files there. */
  bytes: z.number().int().nonnegative(),
});

/** The peer copies what another one has in place, and keeps it aside. Pulsar must run on neither. */
export const fetchPulsarData: PeerTask<z.infer<typeof source>, Nothing> = {
  name: "fetch-pulsar-data",
  params: source,
  run: async ({ from, bytes }, ctx) => {
    const { spec, config, signal } = ctx;
    const to = { peer: peerOf(spec, from), port: spec.ports.daemon, tls: config.tls };
    const archive = await askPeer(to, { method: "GET", path: "/internal/pulsar-data", signal });
    await dataOf(ctx).receive(archive, bytes, signal);
    return {};
  },
};

/** The peer gives up what it has in place, for another one has a whole copy. */
export const releasePulsarData: PeerTask<Nothing, Nothing> = {
  name: "release-pulsar-data",
  params: nothing,
  run: async (_, ctx) => {
    await refuseRunning(ctx);
    await dataOf(ctx).release();
    return {};
  },
};

/** The peer puts the copy in place that it has kept aside. */
export const adoptPulsarData: PeerTask<Nothing, Nothing> = {
  name: "adopt-pulsar-data",
  params: nothing,
  run: async (_, ctx) => {
    await refuseRunning(ctx);
    await dataOf(ctx).adopt();
    return {};
  },
};

async function refuseRunning({ ports }: TaskContext): Promise<void> {
  const found = (await ports.containers.list()).find(({ service }) => service === "pulsar");
  if (found && found.health !== "stopped") throw new Error("Pulsar runs here: its data cannot be moved");
}

function dataOf({ config }: TaskContext): PulsarData {
  return new PulsarData(config.identity.dataRoot);
}
