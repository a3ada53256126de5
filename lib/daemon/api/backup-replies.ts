import { z } from "zod";
import type { BackupFile, BackupList, BackupReply } from "../../api/wire";
import { BACKUP_ENGINES } from "../../spec/spec";

/** Shape of what the API answers on backups; lib/api/wire.ts says what each member means. */

const isoTime = z.iso.datetime().describe("ISO 8601, UTC");
const window = z.object({ from: isoTime, to: isoTime });
const count = z.int().min(0);
const engine = z.enum(BACKUP_ENGINES);

export const backupList: z.ZodType<BackupList> = z
  .object({
    target: z.string(),
    backups: z.array(
      z.object({
        name: z.string(),
        state: z.enum(["complete", "unfinished", "damaged"]),
        bytes: count,
        createdAt: isoTime.optional(),
        engine: engine.optional(),
        milvus: z.string().optional(),
        collections: count.optional(),
        rows: count.optional(),
        problem: z.string().optional(),
      }),
    ),
  })
  .meta({ id: "BackupList" });

export const backupReply: z.ZodType<BackupReply> = z
  .object({
    name: z.string(),
    createdAt: isoTime,
    engine,
    cluster: z.object({ name: z.string(), id: z.string(), milvus: z.string(), generation: z.int() }),
    read: window,
    collections: z.array(z.object({ name: z.string(), rows: count, bytes: count, read: window })),
  })
  .meta({ id: "Backup" });

export const backupFile: z.ZodType<BackupFile> = z
  .object({ bytes: count, sha256: z.string() })
  .meta({ id: "BackupFile" });
