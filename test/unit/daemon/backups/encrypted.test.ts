import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EncryptedTarget } from "../../../../lib/daemon/backups/encrypted";
import { Shelf } from "../../../../lib/daemon/backups/shelf";
import { NotThere } from "../../../../lib/daemon/backups/target";
import { Redactor } from "../../../../lib/daemon/redact";
import { checkAgeIdentity } from "../../../../lib/spec/age";
import { FolderTarget } from "../../../../lib/daemon/backups/folder";
import { SECRETS, temporaryDir } from "../support";

const dir = temporaryDir();
const signal = new AbortController().signal;
let folder: FolderTarget;
let one: string;
let two: string;

beforeEach(async () => {
  folder = new FolderTarget(dir.path());
  const { generateX25519Identity, generateHybridIdentity } = await import("age-encryption");
  [one, two] = [await generateX25519Identity(), await generateHybridIdentity()];
});

const target = (identity?: string, encrypts = identity !== undefined): EncryptedTarget =>
  new EncryptedTarget(folder, { encrypts, identity });

async function* chunks(...all: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* all;
}

async function read(from: EncryptedTarget, path: string): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const chunk of from.get(path, signal)) found.push(chunk);
  return Buffer.concat(found);
}

/** As it lies there. */
const stored = (path: string): Promise<Buffer> => readFile(join(dir.path(), path));

test.each([0, 1, 65_536, 3_000_000])(
  "%d bytes lie there encrypted, and come back as they were",
  async (size) => {
    const content = randomBytes(size);
    const half = Math.floor(size / 2);
    const digest = await target(one).put(
      "a/file",
      chunks(content.subarray(0, half), content.subarray(half)),
      signal,
    );
    expect(digest).toEqual({ bytes: size, sha256: createHash("sha256").update(content).digest("hex") });
    expect((await read(target(one), "a/file")).equals(content)).toBe(true);
    const there = await stored("a/file");
    expect(there.toString("latin1")).toMatch(/^age-encryption\.org\/v1\n-> X25519 /);
    if (size > 64) expect(there.includes(content.subarray(0, 64))).toBe(false);
  },
);

test("an earlier identity still reads what was encrypted by it; the first one encrypts", async () => {
  await target(one).put("old", chunks(Buffer.from("old")), signal);
  const both = target(`# kept since 2026\n${two}\n${one}\n`);
  await both.put("new", chunks(Buffer.from("new")), signal);
  expect([(await read(both, "old")).toString(), (await read(both, "new")).toString()]).toEqual([
    "old",
    "new",
  ]);
  await expect(read(target(one), "new")).rejects.toThrow(
    /new is encrypted, and not for the age identity of backups\.encryption/,
  );
});

test("what was written before is read as it was written, and nobody reads without an identity", async () => {
  await target().put("plain", chunks(Buffer.from("plain")), signal);
  expect((await read(target(one), "plain")).toString()).toBe("plain");
  await target(one).put("sealed", chunks(Buffer.from("sealed")), signal);
  await expect(read(target(), "sealed")).rejects.toThrow(
    /sealed is encrypted, and the cluster has no backups\.encryption/,
  );
  await expect(read(target(one), "none")).rejects.toThrow(NotThere);
});

test.each<[string, (file: Buffer) => Buffer]>([
  ["changed", (file) => Buffer.concat([file.subarray(0, -5), Buffer.from("x"), file.subarray(-4)])],
  ["cut off", (file) => file.subarray(0, 100_000)],
])("a file that was %s is told as damaged, by its name", async (_, spoil) => {
  await target(one).put("a/file", chunks(randomBytes(200_000)), signal);
  await writeFile(join(dir.path(), "a/file"), spoil(await stored("a/file")));
  await expect(read(target(one), "a/file")).rejects.toThrow(/a\/file is damaged/);
});

test("a backup that cannot be decrypted is listed with the reason", async () => {
  await target(one).put("nightly/manifest.json", chunks(Buffer.from("{}")), signal);
  const [found] = await new Shelf(target(), signal).list();
  expect(found).toMatchObject({
    name: "nightly",
    problem: expect.stringContaining("manifest.json is encrypted"),
  });
});

test.each([
  ["AGE-SECRET-KEY-1SHORT", "line 1 of it is no identity of age"],
  ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", "line 1 of it is no identity of age"],
  ["# nothing but a comment\n", "it has no identity of age"],
])("%j is no identity: told without a word of it", (text, problem) => {
  expect(checkAgeIdentity(text)).toBe(`${problem}: age-keygen makes one, AGE-SECRET-KEY-1…`);
});

test("identities are known to be ones, and are secrets", () => {
  expect(checkAgeIdentity(`# key of the cluster\n${one}\n\n${two}`)).toBeUndefined();
  const redactor = new Redactor();
  redactor.learnCluster({ ...SECRETS, external: { backupIdentity: `# a\n${one}\n${two}` } });
  expect(redactor.text(`cannot use ${one}, nor ${two}`)).toBe("cannot use [secret], nor [secret]");
});

const age = hasAge() ? test : test.skip;
if (!hasAge())
  process.stdout.write("no age on this machine: that its own program reads our files was not checked\n");

age("age itself reads what lies there", async () => {
  await target(one).put("file", chunks(Buffer.from("rows")), signal);
  await writeFile(join(dir.path(), "key"), one, { mode: 0o600 });
  const args = ["-d", "-i", join(dir.path(), "key"), join(dir.path(), "file")];
  expect(execFileSync("age", args).toString()).toBe("rows");
});

function hasAge(): boolean {
  try {
    execFileSync("age", ["--version"]);
    return true;
  } catch {
    return false;
  }
}
