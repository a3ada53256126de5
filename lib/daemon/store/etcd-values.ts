import type { IKeyValue } from "etcd3";
import type { KeyedValue } from "../ports/store";

export function keyedValue(kv: IKeyValue): KeyedValue {
  const { create_revision: createRevision, mod_revision: modRevision } = kv;
  return { key: kv.key.toString("utf8"), value: kv.value.toString("utf8"), createRevision, modRevision };
}
