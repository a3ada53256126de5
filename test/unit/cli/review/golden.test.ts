import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Terminal } from "../terminal";
import { PLANS } from "./support";

/**
 * What a reviewer reads, byte for byte, of plans that the real terraform has made (test/provider/review.test.ts). After a change
 * that is meant: `GOLDEN=update npx jest test/unit/cli/review/golden`, then review the difference like any other.
 */
const GOLDEN = join(__dirname, "golden");
const names = readdirSync(PLANS).map((file) => file.replace(/\.json$/, ""));

jest.setTimeout(60_000);

const terminal = new Terminal();
afterAll(() => terminal.close());

async function reviewed(name: string, ...options: string[]): Promise<string> {
  const { code, stdout, stderr } = await terminal.run("review", join(PLANS, `${name}.json`), ...options);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

function expectGolden(file: string, text: string): void {
  const path = join(GOLDEN, file);
  if (process.env.GOLDEN === "update") {
    mkdirSync(GOLDEN, { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path) ? readFileSync(path, "utf8") : `no golden file ${path}`).toBe(text);
}

test.each(names)("%s", async (name) => {
  expectGolden(`${name}.md`, await reviewed(name));
});

test.each(["destroy-with-data", "replaced-peer", "pulsar"])("%s as annotations", async (name) => {
  expectGolden(`${name}.github.txt`, await reviewed(name, "--format", "github"));
});

test("no golden file is of a plan that is gone", () => {
  const known = readdirSync(GOLDEN).map((file) => file.split(".")[0]);
  expect([...new Set(known)].sort()).toEqual([...names].sort());
});
