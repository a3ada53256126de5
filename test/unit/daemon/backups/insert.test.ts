/** No row is lost or doubled by an answer that is. */
import { insertPage, type Destination } from "../../../../lib/daemon/backups/portable/insert";
import { Broken, callsTo, field, refusal } from "./fake-server";

const PAGE = {
  rows: 2,
  columns: [
    [1n, 2n],
    ["a", "b"],
  ],
};

/** Methods that are asked, when these are the answers. */
async function asked(
  answers: (object | Error)[],
  autoId = false,
): Promise<{ methods: string[]; sent: string[] }> {
  const methods: string[] = [];
  const sent: string[] = [];
  const handle = (method: string) => (request: { fields_data: { field_name: string }[] }) => {
    methods.push(method);
    sent.push(request.fields_data.map(({ field_name }) => field_name).join());
    const next = answers.shift()!;
    if (next instanceof Error) throw next;
    return next;
  };
  const calls = callsTo({ Insert: handle("Insert") as never, Upsert: handle("Upsert") as never });
  const fields = [field("id", "Int64", { primaryKey: true, autoId }), field("text", "VarChar")];
  const to: Destination = { database: "default", name: "c", partition: "p", fields };
  await insertPage(calls, to, PAGE);
  return { methods, sent };
}

test("rows that Milvus has not taken are sent again", async () => {
  const { methods } = await asked([refusal("RateLimit", "later"), {}]);
  expect(methods).toEqual(["Insert", "Insert"]);
});

test("rows that it may have taken are replaced", async () => {
  const { methods } = await asked([new Broken("14 UNAVAILABLE: gone"), refusal("RateLimit", "later"), {}]);
  expect(methods).toEqual(["Insert", "Upsert", "Upsert"]);
});

test("keys that Milvus makes are not sent, and such rows not twice", async () => {
  expect((await asked([{}], true)).sent).toEqual(["text"]);
  await expect(asked([new Broken("14 UNAVAILABLE: gone")], true)).rejects.toThrow(
    "write 2 rows to default/c: 14 UNAVAILABLE: gone",
  );
});

test("rows that Milvus will never take are not sent again", async () => {
  await expect(asked([refusal("IllegalArgument", "no such field")])).rejects.toThrow("no such field");
});
