import type { HttpAnswer } from "../../../../lib/daemon/ports/runtime";
import { missingElsewhere } from "../../../../lib/daemon/watchdog/missing";
import { specOf } from "../support";

const spec = specOf("/data");

/** `refusing`: parts of URLs that do not answer; `away`: peers whose daemons do not. */
async function missing(self: string, refusing: readonly string[], away: readonly string[] = []) {
  const get = async (url: string): Promise<HttpAnswer> => {
    if (refusing.some((part) => url.includes(part))) throw new Error("connect ECONNREFUSED");
    return { status: 200, body: "ok" };
  };
  const found = await missingElsewhere({
    spec,
    self,
    http: { get },
    answers: (node) => !away.includes(node),
  });
  return Object.fromEntries(found);
}

test("nothing is missing while the others answer", async () => {
  expect(await missing("peer-1", [])).toEqual({});
});

test("one peer of three away leaves a quorum", async () => {
  expect(await missing("peer-1", ["198.18.0.13"], ["peer-3"])).toEqual({});
});

test("two peers of three away: etcd waits, and the roles of Milvus with it", async () => {
  const found = await missing("peer-1", ["198.18.0.13"], ["peer-2", "peer-3"]);
  expect(found.etcd).toBe("a quorum of etcd: 1 of 3 peers answer");
  expect(found.proxy).toBe(found.etcd);
  expect(found.nginx).toBeUndefined();
});

test("Pulsar of another peer: the roles wait for it, but its own peer looks at it itself", async () => {
  expect((await missing("peer-1", ["/admin/v2/"])).querynode).toBe("Pulsar on peer-2");
  expect(await missing("peer-2", ["/admin/v2/"])).toEqual({});
});

test("MinIO without a quorum of drives", async () => {
  expect((await missing("peer-1", ["/minio/"])).datanode).toBe("the quorum of MinIO's drives");
});
