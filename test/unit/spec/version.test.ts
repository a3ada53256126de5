import { checkVersion, familyOf, findLine, parseVersion } from "../../../lib/spec/version";

const known = "(known are v2.3.0 to v2.3.22, v2.4.0 to v2.4.24, v2.5.0 to v2.5.27, v2.6.0 to v2.6.22)";

test.each([
  ["v2.3.0", "2.3", 0],
  ["v2.3.5", "2.3", 5],
  ["v2.4.24", "2.4", 24],
  ["v2.5.27", "2.5", 27],
  ["v2.6.22", "2.6", 22],
])("%s is of line %s", (version, line, patch) => {
  expect(checkVersion(version)).toBeUndefined();
  expect(familyOf(version).line).toBe(line);
  expect(parseVersion(version)).toEqual({ line, patch });
});

test.each([
  ["2.3.5", "v2.3.5"],
  ["v2.3.23", "v2.3.22"],
  ["2.4.99", "v2.4.24"],
  ["v2.5.28", "v2.5.27"],
])("%s is refused with a version that is known", (version, suggestion) => {
  expect(checkVersion(version)).toBe(
    `unknown Milvus version "${version}"; did you mean "${suggestion}"? ${known}`,
  );
});

test("an unknown line is refused with those that are known", () => {
  expect(checkVersion("v2.7.1")).toBe(`unknown Milvus version "v2.7.1" ${known}`);
});

test.each(["", "latest", "v2.3", "v2.3.05", "v2.3.5-gpu"])('"%s" is refused', (version) => {
  expect(checkVersion(version)).toMatch(`unknown Milvus version "${version}"`);
});

test("an unknown patch still belongs to its line", () => {
  expect(findLine("v2.4.99")?.line).toBe("2.4");
  expect(findLine("v2.7.0")).toBeUndefined();
});

test("asking for the family of an unknown version is a fault of the caller", () => {
  expect(() => familyOf("v9.9.9")).toThrow('no family for Milvus version "v9.9.9"');
});
