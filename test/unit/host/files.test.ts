import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failure, localHost, type LocalHost } from "./support";

let local: LocalHost;
beforeEach(async () => {
  local = await localHost();
});
afterEach(() => local.stop());

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
const at = (name: string): string => join(local.dir, "etc", name);

test("writes contents and modes as given, making directories, in one round trip", async () => {
  const odd = "quotes ' \" $HOME `x` \\n\ntwo lines, no end";
  const changed = await local.host.putFiles([
    { path: at("tls/peer.key"), content: "KEY\n", mode: 0o600 },
    { path: at("it's odd"), content: odd, mode: 0o644 },
    { path: at("empty"), content: "", mode: 0o755 },
    { path: at("unicode"), content: "größer ✓", mode: 0o644 },
  ]);
  expect(readFileSync(at("tls/peer.key"), "utf8")).toBe("KEY\n");
  expect(readFileSync(at("it's odd"), "utf8")).toBe(odd);
  expect(readFileSync(at("empty"), "utf8")).toBe("");
  expect(readFileSync(at("unicode"), "utf8")).toBe("größer ✓");
  expect(["tls/peer.key", "it's odd", "empty", "tls"].map((n) => modeOf(at(n)))).toEqual([
    "600",
    "644",
    "755",
    "755",
  ]);
  expect(changed).toEqual([at("tls/peer.key"), at("it's odd"), at("empty"), at("unicode")]);
  expect(local.server.commands).toHaveLength(1);
});

test("leaves alone what is already so, and says what changed", async () => {
  const files = [
    { path: at("a"), content: "1", mode: 0o600 },
    { path: at("b"), content: "2", mode: 0o600 },
    { path: at("c"), content: "3", mode: 0o600 },
  ];
  await local.host.putFiles(files);
  const before = statSync(at("a"));
  const next = [files[0]!, { ...files[1]!, content: "two" }, { ...files[2]!, mode: 0o644 }];
  expect(await local.host.putFiles(next)).toEqual([at("b"), at("c")]);
  expect(statSync(at("a")).ino).toBe(before.ino);
  expect(readFileSync(at("b"), "utf8")).toBe("two");
  expect(modeOf(at("c"))).toBe("644");
  expect(await local.host.putFiles(next)).toEqual([]);
});

test("replaces by rename: a reader of the old file keeps a whole file", async () => {
  mkdirSync(join(local.dir, "etc"));
  writeFileSync(at("a"), "old");
  const before = statSync(at("a")).ino;
  await local.host.putFiles([{ path: at("a"), content: "new", mode: 0o600 }]);
  expect(statSync(at("a")).ino).not.toBe(before);
});

test("replaces nothing when one file cannot be staged, and leaves nothing behind", async () => {
  await local.host.putFiles([{ path: at("a"), content: "old", mode: 0o600 }]);
  const error = await failure(
    local.host.putFiles([
      { path: at("a"), content: "new", mode: 0o600 },
      { path: "/dev/full/x", content: "secret content", mode: 0o600 },
    ]),
  );
  expect(error.message).toMatch(
    /write .*\/etc\/a, \/dev\/full\/x failed: exit code \d+: .*nothing was replaced/s,
  );
  expect(error.message).not.toContain("secret content");
  expect(readFileSync(at("a"), "utf8")).toBe("old");
  expect(readdirSync(join(local.dir, "etc"))).toEqual(["a"]);
});

test("contents never appear in a command line", async () => {
  await local.host.putFiles([{ path: at("key"), content: "hunter2", mode: 0o600 }]);
  const line = local.server.commands.join("\n");
  expect(line).not.toContain("hunter2");
  expect(line).not.toContain(Buffer.from("hunter2").toString("base64"));
});

test.each(["relative/path", "/etc/../shadow", "/etc/new\nline"])(
  "fails for %j before anything is sent",
  async (path) => {
    expect((await failure(local.host.putFiles([{ path, content: "", mode: 0o600 }]))).kind).toBe("options");
    expect(local.server.commands).toEqual([]);
  },
);

test("no files, no round trip", async () => {
  expect(await local.host.putFiles([])).toEqual([]);
  expect(local.server.commands).toEqual([]);
  expect(existsSync(join(local.dir, "etc"))).toBe(false);
});
