import { isDirect, isPrivate, splitHostPort } from "../../../lib/host/no-proxy";

test.each<[string, number | undefined, string, boolean]>([
  ["10.0.0.5", 5000, "", false],
  ["10.0.0.5", 5000, "10.0.0.5", true],
  ["10.0.0.5", 5000, "10.0.0.5:5000", true],
  ["10.0.0.5", 443, "10.0.0.5:5000", false],
  ["10.0.0.5", 443, "localhost, 10.0.0.0/8", true],
  ["10.0.0.5", 443, "10.1.0.0/16,10.0.0.50", false],
  ["10.0.0.5", 443, "10.0.0.0/99", false],
  ["fd00::5", 443, "fd00::/8", true],
  ["fd00::5", 443, "fd00:0::5", true],
  ["fd00::5", 5000, "[fd00::5]:5000", true],
  ["registry.example", 443, "example", true],
  ["registry.example", 443, ".example", true],
  ["example", 443, ".example", false],
  ["registry.example", 443, "*.EXAMPLE", true],
  ["registry.example", 443, "y.example", false],
  ["registry.example", 443, "10.0.0.0/8", false],
  ["anything", 443, "*", true],
  ["127.0.0.1", 5000, "", true],
  ["::1", 5000, "", true],
  ["localhost", 5000, "", true],
])("%s:%s with NO_PROXY=%s is asked directly: %s", (host, port, noProxy, expected) => {
  expect(isDirect(host, port, noProxy)).toBe(expected);
});

test("private are addresses of private networks and names without a dot", () => {
  const near = ["10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", "fd00::1", "registry"];
  expect(near.filter((host) => !isPrivate(host))).toEqual([]);
  const far = ["8.8.8.8", "172.32.0.1", "2001:db8::1", "registry.example"];
  expect(far.filter(isPrivate)).toEqual([]);
});

test.each([
  ["registry.example", { host: "registry.example" }],
  ["registry.example:5000", { host: "registry.example", port: 5000 }],
  ["[fd00::1]:5000", { host: "fd00::1", port: 5000 }],
  ["fd00::1", { host: "fd00::1" }],
])("%s is host and port", (text, expected) => {
  expect(splitHostPort(text)).toEqual(expected);
});
