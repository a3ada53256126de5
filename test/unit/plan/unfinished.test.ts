import { planChange } from "../../../lib/plan/change";
import { spec } from "../spec/fixture";
import {
  ALL,
  change,
  CHECK,
  COMMIT,
  ON_ALL,
  ROLES,
  titles,
  UNFINISHED,
  VERIFY,
  warned,
  WARMER,
  work,
} from "./change-support";

describe("a change that has not ended", () => {
  test("is rolled back by putting the old values back: what it has touched restarts", () => {
    const back = change({}, {}, WARMER);
    expect(titles(back)).toEqual([
      CHECK,
      `restart querynode on ${ALL}, one at a time (queryNode.cache.warmup: sync → nothing)`,
      VERIFY,
      COMMIT,
    ]);
    expect(warned(back)).toEqual([UNFINISHED]);
  });

  test("goes on by another apply: the same steps again", () => {
    const again = change({}, WARMER, WARMER);
    expect(titles(again)).toEqual(titles(change({}, WARMER)));
    expect(warned(again)).toEqual([UNFINISHED]);
  });

  test("is ended before a third one begins, one way or the other", () => {
    const third = planChange(spec(), spec({ resources: { nginx: { cpus: 1 } } }), spec(WARMER));
    expect(third.steps).toEqual([]);
    expect(third.refusals).toEqual([
      {
        ...{ severity: "error", path: "" },
        message:
          "an earlier change has stopped half-way: apply what it was to lead to, or what was there before, and then this change",
      },
    ]);
  });

  test("of a file is rolled back, too", () => {
    expect(titles(change({}, {}, { loadBalancing: "spread" }))[1]).toBe(
      `write nginx.conf on ${ALL}, and have nginx read its own again`,
    );
  });

  test("that touched nothing only has its record removed", () => {
    expect(titles(change({}, {}, { control: { jobRetentionDays: 3 } }))).toEqual([COMMIT]);
  });

  test("an upgrade that did not end is rolled back backwards, without a pull", () => {
    const [old, next] = [{ version: "v2.3.4" }, { version: "v2.3.5" }];
    const back = change(old, old, next);
    expect(work(back)).toEqual([
      `backup ${ON_ALL}`,
      ...[...ROLES].reverse().map((role) => `restart ${role} ${ON_ALL}`),
    ]);
    expect(warned(back)).toEqual([
      UNFINISHED,
      "warning version: Milvus goes back from v2.3.5 to v2.3.4: its makers promise nothing about that",
    ]);
  });
});
