import { loadedAt } from "../../../lib/daemon/loaded";
import { FakeMilvus } from "./fake-milvus";

test("what users have loaded is told, without what a change that was killed has left, and the session ends", async () => {
  const milvus = new FakeMilvus();
  milvus.replicas.set("films", 2).set("milvus_onprem_gate_1", 1);
  expect(await loadedAt(milvus, "198.18.0.11:19537", "pw")).toEqual([{ collection: "films", replicas: 2 }]);
  expect(milvus.open).toBe(0);
});
