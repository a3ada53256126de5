/** Rows that Milvus imports by itself: what it is given, and what becomes of it when it says no. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FolderTarget } from "../../../../lib/daemon/backups/folder";
import type { CollectionEntry, RowFile } from "../../../../lib/daemon/backups/manifest";
import { ImportFailed, importRows } from "../../../../lib/daemon/backups/portable/bulk/import";
import { readParquet, writeParquet, type Page } from "../../../../lib/daemon/backups/portable/parquet";
import { temporaryDir } from "../support";
import { callsTo, field, refusal } from "./fake-server";

const FIELDS = [
  field("id", "Int64", { primaryKey: true }),
  field("v", "FloatVector", { params: { dim: "2" } }),
  field("about", "JSON"),
];
const PAGE: Page = {
  rows: 2,
  columns: [
    [1n, 2n],
    [Buffer.from(new Float32Array([1, 0.5]).buffer), Buffer.from(new Float32Array([-2, 3]).buffer)],
    [Buffer.from('{"a":9007199254740993}'), Buffer.from("null")],
  ],
};
const TO = { database: "shop", name: "_restoring_goods" };

const dir = temporaryDir();
let target: FolderTarget;
let imports: FolderTarget;
let entry: CollectionEntry;
let asked: { files: string[]; partition_name: string; db_name: string; collection_name: string }[];
/** What lay there when Milvus was asked to import it. */
let given: Page[];
const lines: string[] = [];

beforeEach(async () => {
  target = new FolderTarget(join(dir.path(), "target"));
  imports = new FolderTarget(join(dir.path(), "imports"));
  [asked, given] = [[], []];
  const files: RowFile[] = [];
  for (const i of [1, 2]) {
    const path = `data/${i}.parquet`;
    const put = await target.put(`b/${path}`, writeParquet(FIELDS, once(PAGE)), new AbortController().signal);
    files.push({ path, partition: "p", rows: PAGE.rows, ...put });
  }
  entry = { fields: FIELDS, dynamicFields: false, files, rows: 4 } as unknown as CollectionEntry;
});

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

type Answers = Record<string, (request: never) => object>;

function run(answers: Answers = {}, signal = new AbortController().signal): Promise<void> {
  const Import = (request: (typeof asked)[number]) => {
    asked.push(request);
    return { tasks: ["7"] };
  };
  const GetImportState = () => ({ state: "ImportCompleted", row_count: "4", infos: [] });
  const calls = callsTo({ Import, GetImportState, ...answers } as never, signal);
  const place = { target: imports, pathOf: (path: string) => `imports/${path}` };
  const ctx = { target, signal, log: (text: string) => void lines.push(text) };
  return importRows({ ctx, calls, place, prefix: "b" }, entry, TO, () => undefined);
}

async function left(): Promise<string[]> {
  const found: string[] = [];
  for await (const { path } of imports.list("")) found.push(path);
  return found;
}

test("files of a partition are one for Milvus, with vectors as lists and JSON as text, and are gone then", async () => {
  const put = imports.put.bind(imports);
  imports.put = async (path, content, signal) => {
    const digest = await put(path, content, signal);
    const as = [FIELDS[0]!, field("v", "Array", { elementType: "Float" }), field("about", "VarChar")];
    for await (const page of readParquet(as, await readFile(join(imports.dir, path)))) given.push(page);
    return digest;
  };
  await run();
  expect(asked).toEqual([
    {
      ...{ db_name: "shop", collection_name: "_restoring_goods", partition_name: "p", row_based: false },
      files: ["imports/_restoring_goods-0.parquet"],
    },
  ]);
  const page = [
    [1n, 2n],
    [
      [1, 0.5],
      [-2, 3],
    ],
    ['{"a":9007199254740993}', "null"],
  ];
  expect(given.map(({ columns }) => columns)).toEqual([page, page]);
  expect(await left()).toEqual([]);
});

test.each<[string, Answers, RegExp]>([
  [
    "does not want it",
    { Import: () => refusal("UnexpectedError", "import is off") },
    /import imports\/_restoring_goods-0\.parquet into shop\/_restoring_goods: import is off/,
  ],
  [
    "cannot read it",
    {
      GetImportState: () => ({
        ...{ state: "ImportFailed", row_count: "0" },
        infos: [{ key: "failed_reason", value: "there is no field in parquet file of name: v" }],
      }),
    },
    /there is no field in parquet file of name: v/,
  ],
  [
    "takes fewer rows",
    { GetImportState: () => ({ state: "ImportCompleted", row_count: "3", infos: [] }) },
    /Milvus took 3 of 4 rows/,
  ],
])(
  "a Milvus that %s is told apart from what is wrong elsewhere, and no file stays",
  async (_, answers, why) => {
    const failed = await run(answers).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ImportFailed);
    expect((failed as Error).message).toMatch(why);
    expect(await left()).toEqual([]);
  },
);

test("a store that cannot be written to is no reason not to insert them", async () => {
  imports.put = () => Promise.reject(new Error("bucket b: write x: XMinioStorageFull"));
  await expect(run()).rejects.toThrow(ImportFailed);
  expect(asked).toEqual([]);
});

test("a damaged file of the backup is named, and Milvus is given nothing", async () => {
  const file = join(target.dir, "b/data/2.parquet");
  const content = await readFile(file);
  content[content.length >> 1]! ^= 1;
  await writeFile(file, content);
  await expect(run()).rejects.toThrow(/^data\/2\.parquet is damaged: its SHA-256 is/);
  expect(asked).toEqual([]);
  expect(await left()).toEqual([]);
});

test("one that is stopped while Milvus is at work leaves no file; what a dead one has left is gone, too", async () => {
  await imports.put("_restoring_old-3.parquet", once(Buffer.from("x")), new AbortController().signal);
  const stop = new AbortController();
  const GetImportState = () => {
    stop.abort(new Error("cancelled"));
    return { state: "ImportPending", row_count: "0" };
  };
  await expect(run({ GetImportState }, stop.signal)).rejects.toThrow("cancelled");
  expect(await left()).toEqual([]);
});
