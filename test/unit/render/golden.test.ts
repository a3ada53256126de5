import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { renderAll } from "../../../lib/render";
import { MASKED } from "../../../lib/spec/secrets";
import { LAYOUTS } from "./layouts";

/**
 * What users see in a plan, byte for byte. After a change that is meant: `GOLDEN=update npx jest test/unit/render/golden`,
 * then review the difference like any other.
 */
const GOLDEN = join(__dirname, "golden");

describe.each(Object.entries(LAYOUTS))("%s", (folder, { spec, peers }) => {
  const rendered = Object.entries(renderAll(spec, MASKED)).filter(([path]) =>
    peers.includes(path.split("/")[0]!),
  );

  if (process.env.GOLDEN === "update") rmSync(join(GOLDEN, folder), { recursive: true, force: true });

  test.each(rendered)("%s", (path, content) => {
    const file = join(GOLDEN, folder, path);
    if (process.env.GOLDEN === "update") {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    expect(existsSync(file) ? readFileSync(file, "utf8") : `no golden file ${file}`).toBe(content);
  });

  test("no file is rendered no more", () => {
    const recorded = peers.flatMap((peer) =>
      readdirSync(join(GOLDEN, folder, peer)).map((file) => `${peer}/${file}`),
    );
    expect(recorded.sort()).toEqual(rendered.map(([path]) => path).sort());
  });
});

test("no layout is recorded that is gone", () => {
  expect(readdirSync(GOLDEN).sort()).toEqual(Object.keys(LAYOUTS).sort());
});
