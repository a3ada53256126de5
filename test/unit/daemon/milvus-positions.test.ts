import { atBeginning } from "../../../lib/daemon/milvus-positions";

/** As Milvus 2.3.5 has written it to etcd: ledger 300, entry 5 of a channel, with a timestamp of 63 bits. */
const CHANNEL = "0a1e62792d6465762d5f305f3437303735323530363335303636353833367630";
const GROUP =
  "1a2e646174616e6f64652d342d62792d6465762d5f305f34373037353235303633353036363538333676302d74727565";
const TIME = "208180d0ceb0dd9cc406";
const hex = (text: string): Buffer => Buffer.from(text, "hex");

test("a checkpoint leads to the beginning of its topic, and keeps its channel, its subscription and its time", () => {
  const checkpoint = hex(`${CHANNEL}120908ac02100518002000${GROUP}${TIME}`);
  expect(atBeginning(checkpoint).toString("hex")).toBe(`${CHANNEL}${GROUP}${TIME}12080800100018002000`);
});

test("done again it is the same", () => {
  const once = atBeginning(hex(`${CHANNEL}120808011030180020001a00${TIME}`));
  expect(atBeginning(once)).toEqual(once);
});

test.each([
  ["that ends too early", `${CHANNEL}1208080110`],
  ["of a form that no Milvus writes", "0d00000000"],
  ["with a number that does not end", "20ffff"],
])("a value %s is refused, and named", (_, value) => {
  expect(() => atBeginning(hex(value))).toThrow(
    "a checkpoint of Milvus in etcd is not as this release knows it",
  );
});
