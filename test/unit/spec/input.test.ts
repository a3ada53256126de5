import { compileSpec } from "../../../lib/spec/compile";
import { inputOf } from "../../../lib/spec/input";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { Random } from "../daemon/fuzz/random";
import { RandomCluster } from "../plan/random-specs";
import { LAYOUTS } from "../render/layouts";
import { CA_PEM, spec } from "./fixture";

const again = (found: ClusterSpec): ClusterSpec | undefined => compileSpec(inputOf(found)).spec;

test.each(Object.keys(LAYOUTS))("what asks for %s makes the same of it", (name) => {
  const found = LAYOUTS[name]!.spec;
  expect(again(found)).toEqual(found);
});

test("so it does for specs at random", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const found = new RandomCluster(new Random(seed)).spec();
    expect([seed, again(found)]).toEqual([seed, found]);
  }
});

test("so does a schedule of backups, and a registry for all images of it", () => {
  const found = spec({
    ...{ registry: "registry.example:5000/mirror", images: { nginx: "nginx:mine" } },
    backups: { schedule: "30 2 * * *", timeZone: "Europe/Berlin", keep: { daily: 7 } },
  });
  expect(again(found)).toEqual(found);
  expect(inputOf(found)).toMatchObject({
    ...{ registry: "registry.example:5000/mirror", images: { nginx: "nginx:mine" } },
    backups: { schedule: "30 2 * * *", timeZone: "Europe/Berlin", keep: { daily: 7 } },
  });
});

test.each([{}, { prefix: "films" }])("so does a directory as a target of backups: %j", (more) => {
  const target = { directory: "/mnt/backups", ...more };
  const found = spec({ backups: { target } });
  expect(found.backups!.target).toEqual({
    ...{ kind: "directory", path: "/mnt/backups", prefix: "vectors" },
    ...more,
  });
  expect(inputOf(found).backups).toEqual({ target });
});

test("so does a target of backups, with all that can be said of it or none", () => {
  for (const more of [{}, { prefix: "a/b", region: "r", pathStyle: false, caPem: CA_PEM }]) {
    const target = { s3: { endpoint: "https://[fd00::9]:9000", bucket: "backups", ...more } };
    const found = spec({ backups: { target, encryption: "age", engine: "portable" } });
    expect(again(found)).toEqual(found);
    expect(inputOf(found).backups).toEqual({ target, encryption: "age", engine: "portable" });
  }
});

test("says no more than it must", () => {
  const said = Object.entries(inputOf(spec())).filter(([, value]) => value !== undefined);
  expect(Object.fromEntries(said)).toEqual({
    ...{ name: "vectors", version: "v2.3.5" },
    peers: [1, 2, 3].map((n) => ({ name: `peer-${n}`, address: `198.18.0.1${n}` })),
    storage: { pools: [{ peers: ["peer-1", "peer-2", "peer-3"], drivesPerPeer: 4 }] },
    queue: { pulsarSingleton: { host: "peer-2" } },
  });
});
