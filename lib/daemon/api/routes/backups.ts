import { Readable } from "node:stream";
import { z } from "zod";
import type { BackupList } from "../../../api/wire";
import { replyOf, summaryOf } from "../../backups/describe";
import { FILE_PATH } from "../../backups/manifest";
import { BACKUP_NAME } from "../../../spec/backups";
import { Shelf } from "../../backups/shelf";
import { NotThere, type BackupTarget } from "../../backups/target";
import { BadRequest, NotFound } from "../../errors";
import { backupFile, backupList, backupReply } from "../backup-replies";
import { BYTES } from "../registry";
import { route, type Route } from "../route";

const one = z.object({ name: z.string().regex(BACKUP_NAME, "must be the name of a backup") });
const file = one.extend({
  path: z.string().max(1024).regex(FILE_PATH, "must be a path within the backup, with %2F between its parts"),
});
const backup = { tag: "backups", access: "member" } as const;

/** Where this cluster's backups lie; throws Conflict while there is no cluster. */
type Target = () => Promise<BackupTarget>;

/** Backups are made, checked, restored and deleted by jobs; any peer tells what there is, and hands files out and in. */
export function backupRoutes(target: Target): Route[] {
  return [listRoute(target), showRoute(target), fileRoute(target), importRoute(target), putRoute(target)];
}

function listRoute(target: Target): Route {
  return route({
    ...{ ...backup, method: "GET", path: "/backups", summary: "Backups in the object store, newest first" },
    replies: { 200: { description: "All of them, also those that were not finished", schema: backupList } },
    handle: async ({ signal }) => {
      const found = await target();
      const backups = (await new Shelf(found, signal).list()).map(summaryOf);
      return { body: { target: found.name, backups } satisfies BackupList };
    },
  });
}

function showRoute(target: Target): Route {
  return route({
    ...{ ...backup, method: "GET", path: "/backups/{name}", params: one },
    summary: "What is in a backup, and when it is from",
    replies: { 200: { description: "Its collections", schema: backupReply } },
    handle: async ({ params: { name }, signal }) => ({
      body: replyOf(await new Shelf(await target(), signal).manifest(name)),
    }),
  });
}

function fileRoute(target: Target): Route {
  return route({
    ...{ ...backup, method: "GET", path: "/backups/{name}/files/{path}", params: file },
    summary: "One file of a backup; manifest.json tells of the others",
    replies: { 200: { description: "The file", contentType: BYTES } },
    handle: async ({ params: { name, path }, signal }) => ({
      stream: await begun((await target()).get(`${name}/${path}`, signal)),
    }),
  });
}

function importRoute(target: Target): Route {
  return route({
    ...{ ...backup, method: "POST", path: "/backups/{name}/import", params: one },
    summary: "Take the name for a backup that is brought here; again, to go on with it",
    replies: { 204: { description: "Send its files, manifest.json last: from then on it is a backup" } },
    handle: async ({ params: { name }, signal }) => {
      await new Shelf(await target(), signal).claimForImport(name);
      return { status: 204 };
    },
  });
}

function putRoute(target: Target): Route {
  return route({
    ...{ ...backup, method: "PUT", path: "/backups/{name}/files/{path}", params: file, streams: true },
    summary: "Write one file of a backup that is brought here",
    replies: { 200: { description: "What was written", schema: backupFile } },
    handle: async ({ params: { name, path }, content, signal }) => {
      if (!content) throw new BadRequest(`${path}: send its bytes as ${BYTES}`);
      return { body: await new Shelf(await target(), signal).bring(name, path, content) };
    },
  });
}

/** A file that is not there is told before the answer has begun. */
async function begun(content: AsyncIterable<Uint8Array>): Promise<Readable> {
  const chunks = content[Symbol.asyncIterator]();
  try {
    const first = await chunks.next();
    return Readable.from(
      (async function* () {
        for (let next = first; !next.done; next = await chunks.next()) yield next.value;
      })(),
      { objectMode: false },
    );
  } catch (error) {
    throw error instanceof NotThere ? new NotFound(error.message) : error;
  }
}
