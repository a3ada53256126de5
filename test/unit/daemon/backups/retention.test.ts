import { expired } from "../../../../lib/daemon/backups/retention";

const at = (createdAt: string) => ({ name: createdAt, createdAt });
const nightly = (from: string, nights: number) =>
  Array.from({ length: nights }, (_, i) => at(new Date(Date.parse(from) + i * 86_400_000).toISOString()));
const keep = (k: { last?: number; daily?: number; weekly?: number; monthly?: number }, timeZone = "UTC") => ({
  keep: { last: 1, daily: 0, weekly: 0, monthly: 0, ...k },
  timeZone,
});
const kept = (all: { name: string; createdAt: string }[], policy: ReturnType<typeof keep>): string[] => {
  const gone = expired(all, policy);
  return all.filter((b) => !gone.includes(b)).map((b) => b.createdAt.slice(0, 10));
};

test("the newest stay, whatever their order", () => {
  const all = nightly("2026-01-01T02:00:00Z", 5).reverse();
  expect(kept(all, keep({ last: 2 }))).toEqual(["2026-01-05", "2026-01-04"]);
  expect(expired([], keep({}))).toEqual([]);
  expect(expired(all, keep({ last: 9 }))).toEqual([]);
});

test("of weeks, which begin on Monday, and of months the newest stays", () => {
  const all = nightly("2026-01-01T02:00:00Z", 45);
  // 14 February 2026 is a Saturday.
  expect(kept(all, keep({ weekly: 3 }))).toEqual(["2026-02-01", "2026-02-08", "2026-02-14"]);
  expect(kept(all, keep({ monthly: 2 }))).toEqual(["2026-01-31", "2026-02-14"]);
});

test("several of a day count as one day, and spans that have none do not count", () => {
  const all = ["2026-01-01T02:00:00Z", "2026-01-01T14:00:00Z", "2026-01-09T02:00:00Z"].map(at);
  expect(expired(all, keep({ daily: 2 })).map((b) => b.name)).toEqual(["2026-01-01T02:00:00Z"]);
});

test("a day is one of the schedule's own clock", () => {
  const all = ["2026-01-01T22:30:00Z", "2026-01-01T23:30:00Z", "2026-01-02T12:00:00Z"].map(at);
  expect(expired(all, keep({ daily: 2 })).map((b) => b.name)).toEqual(["2026-01-01T22:30:00Z"]);
  expect(expired(all, keep({ daily: 2 }, "Europe/Berlin")).map((b) => b.name)).toEqual([
    "2026-01-01T23:30:00Z",
  ]);
});
