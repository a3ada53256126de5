import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HostError, LocalHost } from "../../../lib/host";
import { failure } from "./support";

let dir: string;
let host: LocalHost;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "local-"));
  host = new LocalHost({ enter: ["env", "ENTERED=yes"], cwd: dir });
});
afterEach(() => rmSync(dir, { recursive: true }));

test("runs scripts beyond the entrance, with input, and tells how they ended", async () => {
  const script = 'cat; echo "$ENTERED"; echo oh >&2; exit 7';
  expect(await host.run(script, { input: "given " })).toEqual({
    code: 7,
    stdout: "given yes\n",
    stderr: "oh\n",
  });
});

test("a failed command says what it was for, on which machine and why", async () => {
  const error = await failure(host.check("echo disk is full >&2; exit 1", { what: "write the file" }));
  expect(error.message).toMatch(/^this VM: write the file failed: exit code 1: disk is full\. /);
});

test("a command that does not end is ended at its deadline", async () => {
  const error = await failure(host.run("exec sleep 60", { deadlineMs: 200, what: "wait" }));
  expect(error.kind).toBe("deadline");
});

test("without an entrance, says how to run it", async () => {
  const outside = new LocalHost({ enter: [join(dir, "no-such-program")] });
  expect((await failure(outside.run("true"))).message).toMatch(/Run it through the milvus-onprem command/);
});

test("writes and reads files as over SSH", async () => {
  const path = join(dir, "sub/secret");
  expect(await host.putFiles([{ path, content: "s3cret\n", mode: 0o600 }])).toEqual([path]);
  expect(await host.putFiles([{ path, content: "s3cret\n", mode: 0o600 }])).toEqual([]);
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["s3cret\n", 0o600]);
  writeFileSync(join(dir, "it's here"), "relative");
  expect(await host.readFile("it's here")).toBe("relative");
  await expect(host.readFile("missing")).rejects.toBeInstanceOf(HostError);
});
