import { z } from "zod";
import type { BackupList } from "../../../api/wire";
import { replyOf, summaryOf } from "../../backups/describe";
import { BACKUP_NAME, Shelf } from "../../backups/shelf";
import type { BackupTarget } from "../../backups/target";
import { backupList, backupReply } from "../backup-replies";
import { route, type Route } from "../route";

const one = z.object({ name: z.string().regex(BACKUP_NAME, "must be the name of a backup") });

/** Backups are made, checked, restored and deleted by jobs; what there is, any peer can tell. `target` throws Conflict in no cluster. */
export function backupRoutes(target: () => Promise<BackupTarget>): Route[] {
  return [
    route({
      ...{ method: "GET", path: "/backups", tag: "backups", access: "member" },
      summary: "Backups in the object store, newest first",
      replies: { 200: { description: "All of them, also those that were not finished", schema: backupList } },
      handle: async ({ signal }) => {
        const found = await target();
        const backups = (await new Shelf(found, signal).list()).map(summaryOf);
        return { body: { target: found.name, backups } satisfies BackupList };
      },
    }),
    route({
      ...{ method: "GET", path: "/backups/{name}", tag: "backups", access: "member" },
      summary: "What is in a backup, and when it is from",
      params: one,
      replies: { 200: { description: "Its collections", schema: backupReply } },
      handle: async ({ params: { name }, signal }) => ({
        body: replyOf(await new Shelf(await target(), signal).manifest(name)),
      }),
    }),
  ];
}
