import { minioOf } from "../pool";
import { pulsarHost } from "../queue";
import { DATA_DIR_NAMES, type ClusterSpec, type Problem } from "../spec";
import { didYouMean } from "../suggest";
import { checkDataRoot } from "../validators";
import { error, errorIf } from "./problem";

interface Disk {
  readonly path: string;
  readonly directory: string;
}

/** Directories of the host that hold data: each a plain path, and none inside another. */
export function checkDisks(spec: ClusterSpec): Problem[] {
  const known = DATA_DIR_NAMES as readonly string[];
  const strange = Object.keys(spec.dataDirs).filter((name) => !known.includes(name));
  if (strange.length > 0) {
    return strange.map((name) =>
      error(`dataDirs.${name}`, `"${name}" keeps no data of its own${didYouMean(name, known)}`),
    );
  }
  const disks = disksOf(spec);
  return [
    ...disks.flatMap(({ path, directory }) => errorIf(path, checkDataRoot(directory))),
    ...(spec.dataDirs.pulsar !== undefined && pulsarHost(spec) === undefined
      ? [error("dataDirs.pulsar", "no peer runs Pulsar; remove it")]
      : []),
    ...overlaps([{ path: "dataRoot", directory: spec.dataRoot }, ...disks]),
  ];
}

function disksOf(spec: ClusterSpec): Disk[] {
  const dirs = Object.entries(spec.dataDirs).map(([name, directory]) => ({
    path: `dataDirs.${name}`,
    directory: directory!,
  }));
  const mounts = (minioOf(spec)?.pools ?? []).flatMap((pool, i) =>
    pool.mountPoints.map((directory, at) => ({ path: `storage.pools[${i}].mountPoints[${at}]`, directory })),
  );
  return [...dirs, ...mounts];
}

/** The same mount point may serve on the peers of two pools, for these are other hosts. */
function overlaps(disks: readonly Disk[]): Problem[] {
  return disks.flatMap((disk, i) => {
    const other = disks.slice(0, i).find((earlier) => collide(earlier, disk));
    if (!other) return [];
    return [
      error(
        disk.path,
        `${disk.directory} and ${other.directory} (${other.path}) are one inside the other; keep them apart`,
      ),
    ];
  });
}

function collide(a: Disk, b: Disk): boolean {
  const pool = (disk: Disk): string | undefined => /^storage\.pools\[\d+\]/.exec(disk.path)?.[0];
  if (pool(a) !== undefined && pool(b) !== undefined && pool(a) !== pool(b)) return false;
  const inside = (x: string, y: string): boolean => `${x}/`.startsWith(`${y}/`);
  return inside(a.directory, b.directory) || inside(b.directory, a.directory);
}
