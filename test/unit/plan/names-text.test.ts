import { namesText } from "../../../lib/plan/names-text";
import { names } from "../spec/fixture";

const all = names(1, 20);

test.each([
  [names(1, 6), "peer-1, peer-2, peer-3, peer-4, peer-5, peer-6"],
  [names(1, 20), "peer-1 … peer-20 (20 peers)"],
  [[...names(1, 4), ...names(7, 8), "peer-20"], "peer-1 … peer-4, peer-7, peer-8, peer-20 (7 peers)"],
  [all.filter((_, i) => i % 2 === 0), "10 peers"],
])("many names in few words: %j", (some, text) => expect(namesText(some, all)).toBe(text));
