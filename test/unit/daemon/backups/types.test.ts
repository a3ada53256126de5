/** Each type of Milvus from its messages to a Parquet file and back. */
import type { FieldEntry } from "../../../../lib/daemon/backups/manifest";
import { readParquet, writeParquet, type Page } from "../../../../lib/daemon/backups/portable/parquet";
import { columnsOf, isCarried, type Value } from "../../../../lib/daemon/backups/portable/types";
import { fromWire, toWire, type FieldData } from "../../../../lib/daemon/backups/portable/wire";

const field = (type: string, o: Partial<FieldEntry> = {}): FieldEntry => ({
  ...{ name: "f", description: "", type, params: {}, nullable: false, computed: false },
  ...{ primaryKey: false, autoId: false, partitionKey: false, clusteringKey: false, ...o },
});
const scalar = (type: string, wire: string, data: unknown[], o: Partial<FieldEntry> = {}) => ({
  field: field(type, o),
  data: { type, field_name: "f", scalars: { [wire]: { data } } },
});
const vector = (type: string, wire: string, dim: number, data: unknown) => ({
  field: field(type, { params: { dim: String(dim) } }),
  data: { type, field_name: "f", vectors: { dim, [wire]: data } },
});
const array = (elementType: string, wire: string, data: unknown[][]) => ({
  field: field("Array", { elementType, params: { max_capacity: "9" } }),
  data: {
    ...{ type: "Array", field_name: "f" },
    scalars: { array_data: { data: data.map((d) => ({ [wire]: { data: d } })), element_type: elementType } },
  },
});
const bytes = (...all: number[]) => Buffer.from(all);
const text = (value: string) => Buffer.from(value);

const LONGS = ["9223372036854775807", "-9223372036854775808", "0"];
const JSON_TEXT = ['{"big":12345678901234567890, "x": 1.0}', "null", '"é😀"'];
const cases: [string, { field: FieldEntry; data: FieldData }][] = [
  ["Bool", scalar("Bool", "bool_data", [true, false, true])],
  ["Int8", scalar("Int8", "int_data", [-128, 0, 127])],
  ["Int16", scalar("Int16", "int_data", [-32768, 0, 32767])],
  ["Int32", scalar("Int32", "int_data", [-2147483648, 0, 2147483647])],
  ["Int64", scalar("Int64", "long_data", LONGS)],
  ["Float", scalar("Float", "float_data", [Math.fround(0.1), -Infinity, 0])],
  ["Double", scalar("Double", "double_data", [0.1, Number.MAX_VALUE, -0])],
  ["VarChar", scalar("VarChar", "string_data", ["", "a\u0000\n\"'", "é😀"])],
  ["JSON", scalar("JSON", "json_data", JSON_TEXT.map(text))],
  ["Array of Bool", array("Bool", "bool_data", [[true, false], [], [false]])],
  ["Array of Int8", array("Int8", "int_data", [[], [-1], [1, 2, 3]])],
  ["Array of Int64", array("Int64", "long_data", [LONGS, [], ["1"]])],
  ["Array of Double", array("Double", "double_data", [[0.5], [1.5, 2.5], []])],
  ["Array of VarChar", array("VarChar", "string_data", [["", "é"], [], ["x"]])],
  ["FloatVector", vector("FloatVector", "float_vector", 2, { data: [1, -2, 0.5, 3, 0, 1e10] })],
  ["BinaryVector", vector("BinaryVector", "binary_vector", 16, bytes(1, 2, 255, 0, 7, 8))],
  ["Float16Vector", vector("Float16Vector", "float16_vector", 2, bytes(...Array(12).keys()))],
  ["BFloat16Vector", vector("BFloat16Vector", "bfloat16_vector", 2, bytes(...Array(12).keys()))],
  ["Int8Vector", vector("Int8Vector", "int8_vector", 2, bytes(255, 1, 2, 3, 4, 128))],
];

async function kept(of: FieldEntry, data: FieldData, rows = 3): Promise<FieldData> {
  const pages = [{ rows, columns: [fromWire(of, data)] }];
  const [page] = await through([of], pages);
  return toWire(of, page!.columns[0]!);
}

async function through(fields: FieldEntry[], pages: Page[]): Promise<Page[]> {
  const file = await written(fields, pages);
  const read: Page[] = [];
  for await (const page of readParquet(fields, file)) read.push(page);
  return read;
}

async function written(fields: FieldEntry[], pages: Page[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of writeParquet(fields, each(pages))) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

async function* each<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

test.each(cases)("%s comes back as it went", async (_name, { field: of, data }) => {
  expect(isCarried(of)).toBe(true);
  expect(await kept(of, data)).toEqual(data);
});

test("sparse vectors come back as they went, an empty one too; their dimension is the largest index and one", async () => {
  const of = field("SparseFloatVector");
  const contents = [bytes(7, 0, 0, 0, 0, 0, 128, 63), bytes(), bytes(255, 255, 0, 0, 0, 0, 0, 64)];
  const back = await kept(of, {
    ...{ type: of.type, field_name: "f" },
    vectors: { sparse_float_vector: { contents } },
  });
  expect(back.vectors).toEqual({ dim: 65536, sparse_float_vector: { dim: 65536, contents } });
});

test.each([
  ["with placeholders", ["1", "0", "3"]],
  ["without", ["1", "3"]],
])("what is null stays null, whether Milvus sends %s", async (_how, data) => {
  const of = field("Int64", { nullable: true });
  const valid_data = [true, false, true];
  const back = await kept(of, {
    type: "Int64",
    field_name: "f",
    valid_data,
    scalars: { long_data: { data } },
  });
  expect(back).toMatchObject({ valid_data, scalars: { long_data: { data: ["1", "3"] } } });
});

test("an array that is null is not an empty one", async () => {
  const of = field("Array", { nullable: true, elementType: "Int64" });
  const [page] = await through([of], [{ rows: 3, columns: [[[1n], null, []]] }]);
  expect(page!.columns[0]).toEqual([[1n], null, []]);
});

test("pages come back one by one, with columns in the order that is asked for", async () => {
  const fields = [field("Int64", { name: "a" }), field("VarChar", { name: "b" })];
  const page = (n: number): Page => ({
    rows: n,
    columns: [
      Array.from({ length: n }, (_, i): Value => BigInt(i)),
      Array.from({ length: n }, (_, i): Value => `${i}`),
    ],
  });
  expect(await through(fields, [page(3), page(5000)])).toEqual([page(3), page(5000)]);
});

test("what Milvus computes has no column; what is beyond the schema has one", () => {
  const fields = [
    field("Int64", { name: "id" }),
    field("SparseFloatVector", { name: "bm25", computed: true }),
  ];
  const names = columnsOf({ fields, dynamicFields: true }).map(({ name }) => name);
  expect(names).toEqual(["id", "$meta"]);
});

test("a file that is cut off, or has other columns, is not read", async () => {
  const of = field("Int64");
  const file = await written([of], [{ rows: 1, columns: [[1n]] }]);
  const read = async (fields: FieldEntry[], bytesOf: Uint8Array) => {
    for await (const page of readParquet(fields, bytesOf)) void page;
  };
  await expect(read([of], file.slice(0, -3))).rejects.toThrow();
  await expect(read([field("Int64", { name: "other" })], file)).rejects.toThrow();
});
