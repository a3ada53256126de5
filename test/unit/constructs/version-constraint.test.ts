import { satisfies } from "../../../constructs/private/version-constraint";

/** Examples of https://developer.hashicorp.com/terraform/language/expressions/version-constraints and their edges. */
describe("satisfies", () => {
  it.each([
    ["1.0.4", "~> 1.0.4", true],
    ["1.0.10", "~> 1.0.4", true],
    ["1.1.0", "~> 1.0.4", false],
    ["1.0.3", "~> 1.0.4", false],
    ["1.10.0", "~> 1.1", true],
    ["2.0.0", "~> 1.1", false],
    ["1.9.0", "~> 1", true],
    ["2.0.0", "~> 1", false],
    ["3.2.4", "3.2.4", true],
    ["3.2.5", "= 3.2.4", false],
    ["3.2.5", "!= 3.2.4", true],
    ["3.2.4", ">= 3.0, < 4.0", true],
    ["4.0.0", ">= 3.0, < 4.0", false],
    ["3.0.0", "> 3.0", false],
    ["3.0.0", "<= 3", true],
    ["3.0.0-beta1", ">= 2.0", false],
    ["3.0.0-beta1", "3.0.0-beta1", true],
    ["3.0.0", "next", false],
    ["3.0.0", "", false],
  ])("%s against %s: %s", (version, constraint, expected) => {
    expect(satisfies(version, constraint)).toBe(expected);
  });
});
