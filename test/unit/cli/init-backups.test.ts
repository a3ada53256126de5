import { Command } from "commander";
import { UsageError } from "../../../lib/cli/exit";
import { backupFiles, backupOptions, backupsOf, type BackupOptions } from "../../../lib/cli/vm/backups";

const IDENTITY = `AGE-SECRET-KEY-1${"Q".repeat(58)}`;
const FILES: Record<string, string> = {
  "/keys": "access-17\nsecret/+18\n",
  "/one-line": "access-17",
  "/ca.pem": "PEM",
  "/age.txt": `# created: today\n${IDENTITY}\n`,
};
const machine = { readFile: async (path: string) => FILES[path]! };

function said(...argv: string[]): BackupOptions {
  const command = backupOptions(new Command("init").exitOverride());
  return command.parse(argv, { from: "user" }).opts<BackupOptions>();
}

async function understood(...argv: string[]) {
  const o = said(...argv);
  const files = await backupFiles(machine, o);
  return { backups: backupsOf(o, files), secrets: files.secrets };
}

test("nothing said is no backups, and no secrets", async () => {
  expect(await understood()).toEqual({ backups: undefined, secrets: undefined });
});

test("a store, its keys and its authority, a schedule and what stays", async () => {
  const found = await understood(
    ...["--backup-target", "https://s3.example:9000/backups", "--backup-prefix", "films"],
    ...["--backup-key-file", "/keys", "--backup-ca-file", "/ca.pem", "--backup-region", "r"],
    ...["--backup-schedule", "30 2 * * *", "--backup-time-zone", "Europe/Berlin"],
    ...["--backup-keep", "last=3", "--backup-keep", "weekly=4", "--backup-drill-schedule", "0 5 * * 0"],
  );
  expect(found).toEqual({
    backups: {
      ...{ schedule: "30 2 * * *", timeZone: "Europe/Berlin", drillSchedule: "0 5 * * 0" },
      keep: { last: 3, weekly: 4 },
      target: {
        s3: {
          ...{ endpoint: "https://s3.example:9000", bucket: "backups", prefix: "films", region: "r" },
          caPem: "PEM",
        },
      },
    },
    secrets: { backupAccessKey: "access-17", backupSecretKey: "secret/+18" },
  });
});

test("a directory asks for no keys; an identity of age encrypts", async () => {
  const found = await understood("--backup-target", "/mnt/backups", "--backup-identity-file", "/age.txt");
  expect(found.backups).toEqual({ target: { directory: "/mnt/backups" }, encryption: "age" });
  expect(found.secrets).toEqual({ backupIdentity: FILES["/age.txt"] });
});

test.each<[RegExp, string[]]>([
  [/give --backup-key-file/, ["--backup-target", "https://s3.example/backups"]],
  [/two lines/, ["--backup-target", "https://s3.example/backups", "--backup-key-file", "/one-line"]],
  [/--backup-key-file needs a --backup-target that is a store/, ["--backup-key-file", "/keys"]],
  [
    /--backup-ca-file needs a --backup-target that is a store/,
    ["--backup-target", "/mnt/b", "--backup-ca-file", "/ca.pem"],
  ],
  [/--backup-prefix needs a --backup-target$/, ["--backup-prefix", "films"]],
  [/no identity of age/, ["--backup-identity-file", "/keys"]],
  [
    /there is no "wekly"; did you mean "weekly"/,
    ["--backup-schedule", "0 2 * * *", "--backup-keep", "wekly=4"],
  ],
])("%s", async (message, argv) => {
  await expect(understood(...argv)).rejects.toThrow(message);
  await expect(understood(...argv)).rejects.toThrow(UsageError);
});

test("keys that somebody writes into the address are refused, and not repeated", async () => {
  const argv = ["--backup-target", "https://key:s3cret@s3.example/b", "--backup-key-file", "/keys"];
  const error = await understood(...argv).then(
    () => "",
    (e: Error) => e.message,
  );
  expect(error).toContain("a store is https://host[:port]/bucket");
  expect(error).not.toContain("s3cret");
});
