import { posix } from "node:path";
import { assessDisk } from "./assess-disk";
import type { DataDirFacts, HostFacts } from "./facts";
import { error, warning, type Finding } from "./finding";
import type { Requirements } from "./requirements";

/** Data directories outside of the data root. The disk of the data root has its findings already, and each other is judged once. */
export function assessDataDirs(facts: HostFacts, r: Requirements): Finding[] {
  const judged = new Set([facts.dataDisk?.mount]);
  return (r.dataDirs ?? []).flatMap((path) => {
    const dir = facts.dataDirs[path];
    if (dir === undefined) return [];
    const unfit = place(path, dir);
    if (unfit) return [unfit];
    const known = judged.has(dir.disk?.mount);
    judged.add(dir.disk?.mount);
    const disk = known ? [] : assessDisk(dir.disk, { what: path, option: "it" });
    return [...foreign(path, dir), ...disk];
  });
}

function place(path: string, { state, writable }: DataDirFacts): Finding | undefined {
  const parent = posix.dirname(path);
  if (state === "file")
    return error("data-dir", `${path} is no directory`, "a file is there", "Give another path in data_dirs");
  if (state === "orphan") {
    const fix = "Mount its disk, or make the directory, or correct data_dirs";
    return error("data-dir", `${path} cannot be made`, `there is no ${parent}`, fix);
  }
  if (state === "mount") {
    const why = "without its disk, an empty directory of the root disk would be taken for it";
    return error(
      "data-dir",
      `${path} is a mount point itself`,
      why,
      `Give a directory on it, e.g. ${path}/data`,
    );
  }
  if (writable) return undefined;
  const why = "its file system is mounted read-only";
  return error("data-dir", `${path} cannot be written to`, why, "Mount it read-write");
}

function foreign(path: string, { content }: DataDirFacts): Finding[] {
  if (content !== "foreign") return [];
  const why =
    "it is not empty, so a component would find files that are not its own, and no teardown deletes them";
  return [warning("data-dir", `${path} holds files of something else`, why, "Give a directory of its own")];
}
