import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { bash } from "../../../lib/cli/completion/bash";
import { fish } from "../../../lib/cli/completion/fish";
import { places } from "../../../lib/cli/completion/walk";
import { zsh } from "../../../lib/cli/completion/zsh";
import { createProgram } from "../../../lib/cli/main";

const program: Command = createProgram();
const script = { program: program.name(), places: places(program) };

/** What bash offers for the last word of a line. */
function offered(...words: string[]): string[] {
  const line = ["milvus-onprem", ...words];
  const ask = [
    `COMP_WORDS=(${line.map((w) => `'${w}'`).join(" ")})`,
    `COMP_CWORD=${line.length - 1}`,
    "_milvus_onprem",
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ];
  const input = `${bash(script)}\n${ask.join("\n")}\n`;
  return execFileSync("bash", ["--norc"], { input, encoding: "utf8" }).trim().split("\n");
}

describe("bash", () => {
  test("offers every command", () => {
    expect(offered("")).toEqual(expect.arrayContaining(program.commands.map((c) => c.name())));
    expect(offered("st").sort()).toEqual(["start", "status", "step-down", "stop"]);
  });
  test("offers the commands below a command, and its options", () => {
    expect(offered("jobs", "")).toEqual(expect.arrayContaining(["list", "show", "cancel", "types", "logs"]));
    expect(offered("jobs", "list", "--st")).toEqual(["--state"]);
    expect(offered("context", "add", "prod", "--fr")).toEqual(["--from"]);
  });
  test("offers the values of an option and of an argument", () => {
    expect(offered("jobs", "list", "--state", "").sort()).toEqual(
      ["cancelled", "failed", "queued", "running", "succeeded"].sort(),
    );
    expect(offered("status", "-o", "j")).toEqual(["json"]);
    expect(offered("completion", "z")).toEqual(["zsh"]);
  });
  test("goes on behind an option with its value", () => {
    expect(offered("status", "--output", "json", "--con")).toEqual(["--context"]);
  });
  test("is told to bash for this program", () => {
    const input = `${bash(script)}\ncomplete -p milvus-onprem\n`;
    expect(execFileSync("bash", ["--norc"], { input, encoding: "utf8" })).toContain("-F _milvus_onprem");
  });
});

describe.each([
  ["zsh", zsh(script), "-n"],
  ["fish", fish(script), "--no-execute"],
])("%s", (shell, text, check) => {
  test("knows every command and option", () => {
    for (const { path, options } of script.places) {
      if (path !== "") expect(text).toContain(`"${path}"`);
      for (const { long } of options) expect(text).toContain(long.slice(2));
    }
  });
  test("is a script without syntax errors, as far as the shell is here to say so", () => {
    const directory = mkdtempSync(join(tmpdir(), "completion-"));
    const file = join(directory, "script");
    writeFileSync(file, text);
    const { error, status, stderr } = spawnSync(shell, [check, file], { encoding: "utf8" });
    rmSync(directory, { recursive: true });
    if (error) console.log(`no ${shell} on this machine: its syntax was not checked`);
    else expect([status, stderr]).toEqual([0, ""]);
  });
});
