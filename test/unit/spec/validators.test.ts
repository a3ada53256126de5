import {
  checkAddress,
  checkBucket,
  checkDataRoot,
  checkImage,
  checkName,
  checkPort,
  checkRegistry,
  isIp,
  checkWebhookUrl,
  isLoopback,
} from "../../../lib/spec/validators";

type Check = (value: string) => string | undefined;

function table(title: string, check: Check, good: string[], bad: [value: string, message: string][]): void {
  describe(title, () => {
    test.each(good)("%s is accepted", (value) => {
      expect(check(value)).toBeUndefined();
    });
    test.each(bad)("%s is refused", (value, message) => {
      expect(check(value)).toBe(message);
    });
  });
}

const label = (name: string): string =>
  `"${name}" is not a DNS label: use 1 to 63 of a-z, 0-9 and "-", with a letter or digit at both ends`;

table(
  "name",
  checkName,
  ["a", "7", "peer-1", "a".repeat(63)],
  ["", "-a", "a-", "Peer", "a.b", "a_b", "ü", "a".repeat(64)].map((name) => [name, label(name)]),
);

table(
  "webhook",
  checkWebhookUrl,
  ["https://hooks.example/T0/B0", "http://198.18.0.2:9093/api/v2/alerts"],
  ["hooks.example", "ftp://hooks.example/", "https://", "https://a b/"].map((url) => [
    url,
    "it is not the URL of a webhook: it should start with https:// or http:// and a host name",
  ]),
);

const neither = (address: string): string => `"${address}" is neither an IP address nor a DNS name`;
const unusable = (address: string, kind: string): string =>
  `"${address}" is ${kind} address; give the one at which the other peers reach this peer`;

table(
  "address",
  checkAddress,
  [
    "198.18.0.11",
    "fd00::2",
    "2001:db8:1:2:3:4:5:6",
    "::ffff:198.18.0.1",
    "db-1",
    "db-1.example",
    "127.0.0.1",
    "localhost",
  ],
  [
    ...[
      "",
      "198.18.0",
      "198.18.0.256",
      "198.18.0.01",
      "1:2:3",
      "fd00:::2",
      "db_1",
      "-db",
      "http:x",
      "db 1",
    ].map((address): [string, string] => [address, neither(address)]),
    ["198.18.0.0/24", '"198.18.0.0/24" is a network, not the address of a host; leave out "/…"'],
    ["0.0.0.0", unusable("0.0.0.0", "the unspecified")],
    ["::", unusable("::", "the unspecified")],
    ["224.0.0.1", unusable("224.0.0.1", "a multicast")],
    ["ff02::1", unusable("ff02::1", "a multicast")],
    ["fe80::1", unusable("fe80::1", "a link-local")],
  ],
);

table(
  "data root",
  checkDataRoot,
  ["/data", "/var/lib/milvus-onprem", "/srv/a_b.c"],
  [
    ["", '"" is not an absolute path; start it with "/"'],
    ["data", '"data" is not an absolute path; start it with "/"'],
    ["/", '"/" cannot hold the data; name a directory of its own'],
    ["//", '"/" cannot hold the data; name a directory of its own'],
    ["/data/", '"/data/" has empty, "." or ".." parts or a "/" at its end; leave them out'],
    ["/data//x", '"/data//x" has empty, "." or ".." parts or a "/" at its end; leave them out'],
    ["/data/../etc", '"/data/../etc" has empty, "." or ".." parts or a "/" at its end; leave them out'],
    ["/my data", '"/my data" has characters other than letters, digits and "._-/"; choose a plain path'],
    ["/data:x", '"/data:x" has characters other than letters, digits and "._-/"; choose a plain path'],
    ["/$HOME", '"/$HOME" has characters other than letters, digits and "._-/"; choose a plain path'],
  ],
);

const bucket = (name: string): string =>
  `"${name}" is not a bucket name: use 3 to 63 of a-z, 0-9, "." and "-", with a letter or digit at both ends`;

table(
  "bucket",
  checkBucket,
  ["abc", "milvus-bucket", "a.b-c", "a".repeat(63)],
  ["ab", "Abc", "a_b", "-ab", "ab-", "a..b", "a.-b", "198.18.0.1", "a".repeat(64)].map((name) => [
    name,
    bucket(name),
  ]),
);

const digest = `sha256:${"0a".repeat(32)}`;

table(
  "image",
  checkImage,
  [
    "nginx:1.28.0",
    "quay.io/coreos/etcd:v3.5.21",
    "registry.example:5000/a/b:1",
    `nginx@${digest}`,
    `a/b:1@${digest}`,
  ],
  [
    ["nginx", '"nginx" names neither tag nor digest; add one, such as ":1.2.3"'],
    [
      "registry.example:5000/nginx",
      '"registry.example:5000/nginx" names neither tag nor digest; add one, such as ":1.2.3"',
    ],
    ["", '"" is not an image reference; an example is "registry.example:5000/team/image:1.2.3"'],
    ["a b:1", '"a b:1" is not an image reference; an example is "registry.example:5000/team/image:1.2.3"'],
    [
      "nginx@sha256:12",
      '"nginx@sha256:12" is not an image reference; an example is "registry.example:5000/team/image:1.2.3"',
    ],
  ],
);

const registry = (name: string): string =>
  `"${name}" is not a registry: use "host", "host:port" or "host:port/prefix", without "https://"`;

table(
  "registry",
  checkRegistry,
  ["registry.example", "registry.example:5000", "198.18.0.2:5000", "registry.example/mirror"],
  [
    "",
    "https://registry.example",
    "registry.example:0",
    "registry.example:99999",
    "a b",
    "registry.example/",
  ].map((name) => [name, registry(name)]),
);

test.each([1, 65535])("port %i is accepted", (port) => {
  expect(checkPort(port)).toBeUndefined();
});

test.each([0, -1, 65536, 1.5, NaN])("port %d is refused", (port) => {
  expect(checkPort(port)).toBe(`${port} is not a port: use a whole number from 1 to 65535`);
});

test.each(["127.0.0.1", "127.9.9.9", "::1", "0:0:0:0:0:0:0:1", "localhost"])(
  "%s is a loopback address",
  (address) => {
    expect(isLoopback(address)).toBe(true);
  },
);

test.each(["198.18.0.1", "fd00::1", "::2", "localhost.example", "1"])(
  "%s is not a loopback address",
  (address) => {
    expect(isLoopback(address)).toBe(false);
  },
);

test("names are not IP addresses", () => {
  expect(["db-1", "198.18.0.1", "fd00::1", "fd00"].map(isIp)).toEqual([false, true, true, false]);
});
