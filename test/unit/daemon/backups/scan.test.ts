/** Rows are read page by page: each once, none missed, whatever Milvus does meanwhile. */
import { pagesOf, rangesOf, type Scan } from "../../../../lib/daemon/backups/portable/scan";
import { MOST_ROWS, PageSize } from "../../../../lib/daemon/backups/portable/sizing";
import { Broken, callsTo, field, refusal } from "./fake-server";

interface Query {
  readonly expr: string;
  readonly output_fields: string[];
  readonly query_params: { key: string; value: string }[];
  readonly guarantee_timestamp: string;
}

const KEY = field("id", "Int64", { primaryKey: true });
const TEXT = field("text", "VarChar");

/** As Milvus answers: rows in the order of their keys, no more than asked for. */
function answer(keys: readonly number[], { expr, output_fields, query_params }: Query) {
  const above = Number(/> (-?\d+)/.exec(expr)?.[1] ?? -Infinity);
  const upTo = Number(/<= (-?\d+)/.exec(expr)?.[1] ?? Infinity);
  const limit = Number(query_params.find(({ key }) => key === "limit")!.value);
  const found = keys.filter((k) => k > above && k <= upTo).sort((a, b) => a - b);
  const ids = found.slice(0, limit).map(String);
  const data = {
    id: { type: "Int64", field_name: "id", scalars: { long_data: { data: ids } } },
    text: {
      type: "VarChar",
      field_name: "text",
      scalars: { string_data: { data: ids.map((i) => `t${i}`) } },
    },
  };
  return { fields_data: output_fields.map((name) => data[name as "id"]) };
}

function scanOf(query: (request: Query) => object): Scan {
  const calls = callsTo({ Query: query as never });
  const place = { database: "default", name: "c", from: "77", size: new PageSize() };
  return { ...place, calls, key: KEY, fields: [TEXT, KEY] };
}

async function read(scan: Scan): Promise<number[]> {
  const ids: number[] = [];
  for await (const range of rangesOf(scan)) {
    for await (const page of pagesOf(scan, range)) ids.push(...page.columns[1]!.map(Number));
  }
  return ids;
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

test.each([0, 1, 64, 65, MOST_ROWS, MOST_ROWS + 1, 3 * MOST_ROWS])(
  "%i rows are read once each",
  async (count) => {
    const keys = upTo(count);
    const scan = scanOf((request) => answer(keys, request));
    expect(await read(scan)).toEqual(keys);
  },
);

test("every read sees what is older than the beginning, in the order of the keys", async () => {
  const asked: Query[] = [];
  await read(scanOf((request) => (asked.push(request), answer(upTo(100), request))));
  expect(new Set(asked.map((q) => q.guarantee_timestamp))).toEqual(new Set(["77"]));
  for (const { query_params } of asked) {
    expect(query_params).toContainEqual({ key: "iterator", value: "True" });
  }
});

test("rows that come in between are no reason to miss others, nor to go on for ever", async () => {
  const keys = upTo(500).map((i) => i * 1000);
  const before = [...keys];
  let next = 0;
  const scan = scanOf((request) => {
    // Within what is read, and above it, at every query.
    keys.push(next++ * 1000 + 1, 1_000_000 + next);
    return answer(keys, request);
  });
  const found = await read(scan);
  expect(before.filter((key) => !found.includes(key))).toEqual([]);
  expect(found).toHaveLength(new Set(found).size);
});

test("rows that are too much for one answer are asked for in smaller pages", async () => {
  const limits: number[] = [];
  const scan = scanOf((request) => {
    const limit = Number(request.query_params[0]!.value);
    if (request.output_fields.length === 1 || limit <= 20) return answer(upTo(300), request);
    limits.push(limit);
    return refusal("UnexpectedError", "query results exceed the maxOutputSize Limit 104857600");
  });
  expect(await read(scan)).toEqual(upTo(300));
  expect(limits).toEqual([65, 33]);
});

test("one row that is too much is named as what it is", async () => {
  const scan = scanOf((request) =>
    request.output_fields.length === 1
      ? answer(upTo(3), request)
      : refusal("UnexpectedError", "query results exceed the maxOutputSize Limit 104857600"),
  );
  await expect(read(scan)).rejects.toThrow("read default/c: query results exceed the maxOutputSize Limit");
});

test("a read that fails is tried again", async () => {
  let calls = 0;
  const scan = scanOf((request) => {
    calls++;
    if (calls === 2) throw new Broken("14 UNAVAILABLE: gone");
    return calls === 3 ? refusal("UnexpectedError", "collection not loaded") : answer(upTo(10), request);
  });
  expect(await read(scan)).toEqual(upTo(10));
});

test("rows out of order are refused: others could be missing", async () => {
  const backwards = (request: Query) => {
    const { fields_data } = answer(upTo(10), request);
    for (const { scalars } of fields_data) scalars.long_data?.data.reverse();
    return { fields_data };
  };
  await expect(read(scanOf(backwards))).rejects.toThrow(/not in the order of their primary keys/);
});

test("a column that Milvus leaves out is missed", async () => {
  const without = (request: Query) => {
    const { fields_data } = answer(upTo(10), request);
    return { fields_data: fields_data.filter(({ field_name }) => field_name === "id") };
  };
  await expect(read(scanOf(without))).rejects.toThrow("read default/c: Milvus sent no values of text");
});

test("pages get as many rows as fit, by the largest rows that were seen", () => {
  const size = new PageSize();
  const seen = (length: number) => {
    size.seen({ rows: 1, columns: [["x".repeat(length - 4)]] });
    return size.rows;
  };
  expect(seen(512)).toBe(1024);
  expect(seen(8192)).toBe(64);
  expect(seen(512)).toBe(64);
  expect(seen(10_000_000)).toBe(1);
  expect(size.halve()).toBe(false);
});
