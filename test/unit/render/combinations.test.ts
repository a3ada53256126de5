import { parse } from "yaml";
import { peerServices, renderPeer, type RenderedFile } from "../../../lib/render";
import { compileSpec } from "../../../lib/spec/compile";
import { isKnownKey } from "../../../lib/spec/config-keys";
import type { Family } from "../../../lib/spec/families";
import { peerOf } from "../../../lib/spec/host";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { GROUPS, inputOf, nameOf, refusedAt, type Combination } from "./combinations";
import { flatten, SECRET_VALUES, SECRETS } from "./fixture";

jest.setTimeout(60_000);

const isLegal = (c: Combination): boolean => refusedAt(c).length === 0;

/** Problems of a combination, each as a line that names it; none when it is as it should be. */
function judge(c: Combination): string[] {
  const { spec, problems } = compileSpec(inputOf(c));
  const found = problems.filter((p) => p.severity === "error").map((p) => p.path);
  const expected = refusedAt(c);
  const paths = [...new Set(found)].sort();
  const wrong = String(paths) === String(expected.sort()) ? [] : [`refused at ${paths}, not at ${expected}`];
  const rendered = spec && isLegal(c) ? spec.peers.flatMap(({ name }) => judgePeer(c, spec, name)) : [];
  return [...wrong, ...rendered].map((problem) => `${nameOf(c)}: ${problem}`);
}

function judgePeer({ family }: Combination, spec: ClusterSpec, peer: string): string[] {
  const files = renderPeer(spec, peer, SECRETS);
  const again = JSON.stringify(renderPeer(spec, peer, SECRETS)) === JSON.stringify(files);
  const milvus = files.find(({ name }) => name === "milvus.yaml")!;
  const settings = flatten(parse(milvus.content) as Record<string, unknown>);
  return [
    ...(again ? [] : ["rendered again, it is other bytes"]),
    ...files.flatMap(judgeMode),
    ...Object.keys(settings).flatMap((key) =>
      isKnown(key, family) ? [] : [`${key} is no key of Milvus ${family.line}`],
    ),
    ...unreachable(settings, spec, peer),
  ].map((problem) => `${peer}: ${problem}`);
}

/** A file holds a secret, or the world may read it. */
function judgeMode({ name, content, mode }: RenderedFile): string[] {
  const secret = SECRET_VALUES.some((value) => content.includes(value));
  if (secret && mode !== 0o600) return [`the world may read the secrets in ${name}`];
  // With a role of the VM and no password there may be nothing secret in milvus.yaml, which has one mode always.
  return secret || mode === 0o644 || name === "milvus.yaml" ? [] : [`${name} hides nothing`];
}

const known = new Map<string, boolean>();

/** An inventory has hundreds of keys, and the table asks for a few of them many thousand times. */
function isKnown(key: string, family: Family): boolean {
  const at = `${family.line} ${key}`;
  if (!known.has(at)) known.set(at, isKnownKey(key, family));
  return known.get(at)!;
}

/** Files that milvus.yaml names and that some process of Milvus does not see in its container. */
function unreachable(settings: Record<string, unknown>, spec: ClusterSpec, peer: string): string[] {
  const services = Object.entries(peerServices(spec, peerOf(spec, peer)));
  const named = Object.values(settings).filter((value) => `${value}`.startsWith("/etc/"));
  return services.flatMap(([name, { command, files = [] }]) => {
    const mounts = files.map((mount) => mount.split(":")[1]!);
    const hidden = named.filter((path) => !mounts.some((at) => `${path}/`.startsWith(`${at}/`)));
    return command?.[0] === "milvus" ? hidden.map((path) => `${name} does not see ${path}`) : [];
  });
}

const everything = GROUPS.flatMap(({ all }) => all);

test("of 960 combinations 502 are legal and 458 are refused", () => {
  const legal = everything.filter(isLegal);
  expect([everything.length, legal.length, everything.length - legal.length]).toEqual([960, 502, 458]);
  const compiled = everything.filter((c) => compileSpec(inputOf(c)).spec !== undefined);
  expect(compiled.map(nameOf)).toEqual(legal.map(nameOf));
});

describe("each is refused by the right attribute, or renders well for every peer", () => {
  test.each(GROUPS.map(({ title, all }) => [title, all.filter(isLegal).length, all] as const))(
    "%s: %i of 24 are legal",
    (_title, _legal, all) => {
      expect(all.flatMap(judge)).toEqual([]);
    },
  );
});
