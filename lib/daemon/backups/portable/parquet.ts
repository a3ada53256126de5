import type { SchemaElement } from "hyparquet" with { "resolution-mode": "import" };
import type { FieldEntry } from "../manifest";
import { ARRAY, scalarOf, SPARSE, vectorBytes, VECTORS, type Value } from "./types";

/** Rows of a few MiB, by column, in the order of the fields that they belong to. */
export interface Page {
  readonly rows: number;
  readonly columns: readonly (readonly Value[])[];
}

/** The bytes of a Parquet file, a row group a page. Takes no page before the bytes of the last are taken over. */
export async function* writeParquet(
  fields: readonly FieldEntry[],
  pages: AsyncIterable<Page>,
): AsyncGenerator<Uint8Array> {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const buffer = new ByteWriter();
  // Vectors do not get smaller, and min and max of them mean nothing.
  const options = { codec: "UNCOMPRESSED", statistics: false, createdBy: "milvus-onprem" } as const;
  const writer = new ParquetWriter({ writer: buffer, schema: schemaOf(fields), ...options });
  const taken = (): Uint8Array => {
    const bytes = buffer.getBytes().slice();
    buffer.index = 0;
    return bytes;
  };
  for await (const { rows, columns } of pages) {
    const columnData = fields.map(({ name }, i) => ({
      name,
      data: columns[i]! as Value[],
      encoding: "PLAIN" as const,
      offsetIndex: false,
    }));
    await writer.write({ columnData, rowGroupSize: rows });
    yield taken();
  }
  await writer.finish();
  yield taken();
}

/** The rows of a file, a row group at a time. Throws when it is no Parquet file, or one of other fields. */
export async function* readParquet(fields: readonly FieldEntry[], file: Uint8Array): AsyncGenerator<Page> {
  const { parquetMetadata, parquetRead } = await import("hyparquet");
  const bytes = bufferOf(file);
  const metadata = parquetMetadata(bytes);
  const wanted = fields.map(({ name }) => name);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const columns = new Map<string, Value[]>(wanted.map((name) => [name, []]));
    await parquetRead({
      ...{ file: bytes, metadata, columns: wanted, rowStart, rowEnd: rowStart + rows, utf8: false },
      onChunk: ({ columnName, columnData }) => {
        const column = columns.get(columnName)!;
        for (const value of columnData as ArrayLike<Value> & Iterable<Value>) column.push(value ?? null);
      },
    });
    rowStart += rows;
    yield { rows, columns: wanted.map((name) => whole(name, columns.get(name)!, rows)) };
  }
}

/** The library takes a buffer of its own; most files are alone in theirs. */
function bufferOf({ buffer, byteOffset, length }: Uint8Array): ArrayBuffer {
  const alone = byteOffset === 0 && length === buffer.byteLength;
  return (alone ? buffer : buffer.slice(byteOffset, byteOffset + length)) as ArrayBuffer;
}

function whole(name: string, values: Value[], rows: number): Value[] {
  if (values.length === rows) return values;
  throw new Error(`column ${name} has ${values.length} values for ${rows} rows`);
}

function schemaOf(fields: readonly FieldEntry[]): SchemaElement[] {
  return [{ name: "rows", num_children: fields.length }, ...fields.flatMap(elements)];
}

function elements(field: FieldEntry): SchemaElement[] {
  const { name, type, nullable, elementType } = field;
  const repetition_type = nullable ? "OPTIONAL" : "REQUIRED";
  if (type === ARRAY) {
    return [
      { name, repetition_type, converted_type: "LIST", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", repetition_type: "REQUIRED", ...scalarOf(elementType!).file },
    ];
  }
  if (type === SPARSE) return [{ name, repetition_type, type: "BYTE_ARRAY" }];
  if (type in VECTORS) {
    return [{ name, repetition_type, type: "FIXED_LEN_BYTE_ARRAY", type_length: vectorBytes(field) }];
  }
  return [{ name, repetition_type, ...scalarOf(type).file }];
}
