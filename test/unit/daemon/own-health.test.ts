import { ownHealth } from "../../../lib/daemon/own-health";

const trouble = { reason: "no member answers", sinceMs: 12_400 };

test("a member without etcd is degraded, and says for how long", () => {
  expect(ownHealth("member", "done", trouble)).toEqual({
    status: "degraded",
    state: "member",
    reason: "etcd has not answered for 12 s: no member answers",
  });
  expect(ownHealth("member", "done", undefined)).toEqual({ status: "ok", state: "member" });
});

test("a peer that is being formed is not degraded by an etcd that is not up yet", () => {
  expect(ownHealth("forming", "running", trouble)).toEqual({ status: "ok", state: "forming" });
  expect(ownHealth("unjoined", "idle", undefined)).toEqual({ status: "ok", state: "unjoined" });
});

test("why forming failed is for the holder of the token alone", () => {
  expect(ownHealth("forming", "failed", trouble).reason).toBe("forming failed: see GET /form");
});
