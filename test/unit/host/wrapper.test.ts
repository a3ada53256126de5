import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostWrapper, VM_COMMANDS } from "../../../lib/host";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "wrapper-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Runs the wrapper with a docker that tells its arguments; returns the last docker command line, one word each. */
function run(args: string[], daemonRuns: boolean): string[] {
  const log = join(dir, "log");
  const docker = `#!/bin/sh
case $1 in inspect) echo ${daemonRuns}; exit ;; esac
for word; do printf '%s\\n' "$word"; done > ${log}
exit 3
`;
  writeFileSync(join(dir, "docker"), docker);
  writeFileSync(join(dir, "milvus-onprem"), hostWrapper("registry.example:5000/team/milvus-onprem:1.2.3"));
  for (const name of ["docker", "milvus-onprem"]) chmodSync(join(dir, name), 0o755);
  const env = { ...process.env, PATH: `${dir}:${process.env.PATH}` };
  const ended = spawnSync(join(dir, "milvus-onprem"), args, { env, cwd: dir, input: "" });
  expect({ code: ended.status, said: ended.stderr.toString() }).toEqual({ code: 3, said: "" });
  return readFileSync(log, "utf8").trimEnd().split("\n");
}

test.each([...VM_COMMANDS])("%s runs on the host's side, from the image, and knows the image", (command) => {
  const words = run([command, "--flag", "two words"], true);
  expect(words.slice(0, 3)).toEqual(["run", "--rm", "-i"]);
  for (const option of ["--pid", "--network", "--userns"])
    expect(words[words.indexOf(option) + 1]).toBe("host");
  expect(words).toContain("MILVUS_ONPREM_IMAGE=registry.example:5000/team/milvus-onprem:1.2.3");
  expect(words).toContain(`MILVUS_ONPREM_CWD=${dir}`);
  expect(words.slice(-4)).toEqual([
    "registry.example:5000/team/milvus-onprem:1.2.3",
    command,
    "--flag",
    "two words",
  ]);
  expect(words).not.toContain("--privileged");
});

test("any other command runs in the daemon's container, without the daemon's limit of memory", () => {
  expect(run(["status", "a b"], true)).toEqual([
    ...["exec", "-i", "--env", "NODE_OPTIONS="],
    ...["milvus-onprem", "milvus-onprem", "status", "a b"],
  ]);
});

test("without a daemon, another command runs from the image without any right on the host", () => {
  const words = run(["version"], false);
  expect(words.slice(-2)).toEqual(["registry.example:5000/team/milvus-onprem:1.2.3", "version"]);
  expect(words.join(" ")).not.toMatch(/cap-add|--pid|docker\.sock/);
});
