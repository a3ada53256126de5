import type { Command } from "commander";
import type { BackupList, BackupReply, Job } from "../../api/wire";
import { clusterCommand } from "../cluster-command";
import { confirmByName } from "../confirm";
import { EXIT } from "../exit";
import { bytes, moment } from "../format";
import { jobCommand } from "../jobs/run";
import { print } from "../output";
import { tinted } from "../style";
import { facts, table } from "../table";

export function addBackups(program: Command): void {
  const backups = program.command("backups").description("list, show, verify, try and delete backups");
  for (const add of [addList, addShow, addVerify, addDrill, addDelete]) add(backups);
}

function addList(backups: Command): void {
  const command = backups.command("list").description("list backups, newest first");
  clusterCommand(command, async ({ cluster, o }) => {
    print(o.output, await cluster.ask((client) => client.backups.list()), listText);
    return EXIT.ok;
  });
}

function addShow(backups: Command): void {
  const command = named(backups.command("show").description("show what is in a backup, and when it is from"));
  clusterCommand(command, async ({ cluster, o }, name = "") => {
    print(o.output, await cluster.ask((client) => client.backups.get(name)), showText);
    return EXIT.ok;
  });
}

function addVerify(backups: Command): void {
  const command = named(
    backups.command("verify").description("read a whole backup: whether each file is what was written"),
  );
  jobCommand(command, {
    request: (_, name) => ({ type: "verify-backup", params: { name } }),
    text: verifyText,
  });
}

function addDrill(backups: Command): void {
  const command = backups
    .command("drill")
    .description("restore a backup into a scratch database, compare what came back, and drop it again")
    .argument("[name]", "name of the backup; by default the newest");
  jobCommand(command, {
    request: (_, name) => ({ type: "drill-backup", params: name === undefined ? {} : { name } }),
    text: verifyText,
  });
}

function addDelete(backups: Command): void {
  const command = named(backups.command("delete").description("delete a backup for good"));
  command.option("--force", "do not ask for its name first");
  jobCommand<{ force?: boolean }>(command, {
    request: (_, name) => ({ type: "delete-backup", params: { name } }),
    confirm: async ({ o: { force } }, name = "") => {
      if (!force) await confirmByName(name, `The backup "${name}" is deleted for good.`, "--force");
    },
  });
}

function named(command: Command): Command {
  return command.argument("<name>", "name of the backup");
}

function listText({ target, backups }: BackupList): string {
  if (backups.length === 0) return `no backups in ${target}`;
  const rows = backups.map((b) => [
    ...[b.name, tinted(b.state), moment(b.createdAt), b.engine ?? "", b.milvus ?? ""],
    ...[String(b.collections ?? ""), String(b.rows ?? ""), bytes(b.bytes), b.problem ?? ""],
  ]);
  const head = ["name", "state", "created", "engine", "milvus", "collections", "rows", "size", "detail"];
  return `${table(head, rows)}\n\nin ${target}`;
}

function showText({ name, createdAt, engine, cluster, read, collections }: BackupReply): string {
  const about = facts([
    ["name", name],
    ["created", moment(createdAt)],
    ["engine", engine],
    [
      "cluster",
      `${cluster.name} (${cluster.id}), Milvus ${cluster.milvus}, generation ${cluster.generation}`,
    ],
    ["from", `${read.from} to ${read.to}`],
  ]);
  const rows = collections.map((c) => [c.name, String(c.rows), bytes(c.bytes), c.read.from, c.read.to]);
  return `${about}\n\n${table(["collection", "rows", "size", "from", "to"], rows)}`;
}

/** As the job type promises its result. */
interface Verified {
  readonly findings: readonly { readonly path: string; readonly problem: string }[];
}

function verifyText({ result }: Job): string | undefined {
  const { findings = [] } = (result ?? {}) as Partial<Verified>;
  return findings.length === 0
    ? undefined
    : table(
        ["file", "problem"],
        findings.map(({ path, problem }) => [path, problem]),
      );
}
