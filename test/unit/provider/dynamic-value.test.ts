import { decode, encode, ExtData } from "@msgpack/msgpack";
import { decodeDynamic, encodeDynamic, fromJson } from "../../../lib/provider/protocol/dynamic-value";
import {
  Decimal,
  equal,
  hasUnknown,
  UNKNOWN,
  type Type,
  type Value,
} from "../../../lib/provider/protocol/value";

const roundTrip = (value: Value, type: Type): Value => decodeDynamic(encodeDynamic(value, type), type);

test.each<[string, Value, Type]>([
  ["null", null, "string"],
  ["unknown", UNKNOWN, ["list", "string"]],
  ["text", "naïve 日本 🚀", "string"],
  ["a small integer", -7, "number"],
  ["an integer beyond 2^32", 2 ** 40 + 1, "number"],
  ["an integer beyond 2^53", 2n ** 63n - 1n, "number"],
  ["an integer beyond 64 bits", -(10n ** 30n), "number"],
  ["a fraction", 0.1, "number"],
  ["a long fraction", new Decimal("3.14159265358979323846264338327950288"), "number"],
  [
    "an object with gaps",
    { a: null, b: [true, false], c: { "x.y": UNKNOWN } },
    ["object", { a: "string", b: ["list", "bool"], c: ["map", "string"] }],
  ],
])("%s arrives as it was", (_, value, type) => {
  expect(equal(roundTrip(value, type), value)).toBe(true);
});

test("unknown is extension 0 on the wire; whatever extension arrives is unknown", () => {
  expect(Buffer.from(encodeDynamic(UNKNOWN, "string").msgpack!).toString("hex")).toBe("d40000");
  const refined = encode([
    new ExtData(12, encode(new Map([[1, false]]))),
    new ExtData(99, new Uint8Array(3)),
  ]);
  expect(decodeDynamic({ msgpack: refined }, ["list", "string"])).toEqual([UNKNOWN, UNKNOWN]);
});

test("a fraction travels as text, for Terraform reads more digits than a double has", () => {
  expect(decode(encodeDynamic(0.1, "number").msgpack!)).toBe("0.1");
});

test("numbers of a stored state keep every digit", () => {
  const json = Buffer.from(
    '{"n": 123456789012345678901234567890, "s": "12345678901234567890123 \\" 5", "i": 5}',
  );
  const type: Type = ["object", { n: "number", s: "string", i: "number" }];
  expect(fromJson(json, type)).toEqual({
    n: 123456789012345678901234567890n,
    s: '12345678901234567890123 " 5',
    i: 5,
  });
});

test("attributes that a state lacks are null, those that no longer exist are dropped", () => {
  const json = Buffer.from('{"old": 1, "a": "x"}');
  expect(fromJson(json, ["object", { a: "string", b: "bool" }])).toEqual({ a: "x", b: null });
});

test("a value of another type is refused with its path", () => {
  const type: Type = ["object", { peers: ["list", ["object", { port: "number" }]] }];
  expect(() => encodeDynamic({ peers: [{ port: 1 }, { port: "x" }] }, type)).toThrow(
    "peers.1.port: expected number, got string",
  );
  expect(() => encodeDynamic({ stray: 1 }, type)).toThrow("stray: expected no such attribute");
});

test("a part that is unknown is found, however deep", () => {
  expect(hasUnknown({ a: [{ b: UNKNOWN }] })).toBe(true);
  expect(hasUnknown({ a: [{ b: null }] })).toBe(false);
});
