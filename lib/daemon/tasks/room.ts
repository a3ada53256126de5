import { z } from "zod";
import { dataDir, dataPathsOutside } from "../../spec/disks";
import { DATA_DIR_NAMES } from "../../spec/spec";
import { clusterSpec as spec } from "../api/schemas";
import type { PeerTask } from "./task";

const params = z.strictObject({ spec, bytes: z.number().int().positive() });

interface Full {
  readonly path: string;
  readonly freeBytes: number;
}

/** Where the peer keeps data and has less room than so many bytes, a disk once. */
export const reportFullDisks: PeerTask<z.infer<typeof params>, { full: Full[] }> = {
  name: "report-full-disks",
  params,
  run: async ({ spec, bytes }, { ports, config }) => {
    const own = DATA_DIR_NAMES.map((name) => dataDir(spec, name));
    const paths = [spec.dataRoot, ...own, ...dataPathsOutside(spec, config.identity.name)];
    const found = await Promise.all(
      paths.map(async (path) => ({ path, freeBytes: (await ports.files.freeBytes(path)) ?? bytes })),
    );
    const full = found.filter(({ freeBytes }) => freeBytes < bytes);
    return { full: full.filter((one, i) => full.findIndex((o) => o.freeBytes === one.freeBytes) === i) };
  },
};
