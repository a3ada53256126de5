import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { renderAll } from "../../../lib/render";
import { MASKED } from "../../../lib/spec/secrets";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { spec } from "../spec/fixture";

/**
 * What users see in a plan, byte for byte. After a change that is meant: `GOLDEN=update npx jest test/unit/render/golden`,
 * then review the difference like any other.
 */
const GOLDEN = join(__dirname, "golden");

const named = (): ClusterSpec =>
  spec({
    version: "v2.5.27",
    peers: ["red", "green", "blue"].map((name) => ({ name, address: `${name}.example` })),
    queue: { host: "blue" },
    config: { "proxy.maxTaskNum": 2048, "log.level": "warn" },
  });

const cases: [folder: string, spec: () => ClusterSpec, peers: string[]][] = [
  ["v2.3.5", () => spec(), ["peer-1", "peer-2"]],
  ["v2.4.24", () => spec({ version: "v2.4.24" }), ["peer-2"]],
  ["v2.5.27-dns-names", named, ["blue"]],
];

describe.each(cases)("%s", (folder, makeSpec, peers) => {
  const rendered = Object.entries(renderAll(makeSpec(), MASKED)).filter(([path]) =>
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
