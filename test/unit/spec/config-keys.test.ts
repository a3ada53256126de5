import { checkConfigKey, isKnownKey } from "../../../lib/spec/config-keys";
import { families, type Family } from "../../../lib/spec/families";

const family = (line: string): Family => families.find((f) => f.line === line)!;

test.each([
  ["2.3", "rootCoord.dmlChannelNum"],
  ["2.3", "quotaAndLimits.dml.insertRate.max"],
  ["2.3", "kafka.consumer.session.timeout.ms"],
  ["2.4", "common.locks.maxWLockConditionalWaitTime"],
  ["2.5", "queryNode.exprCache.enabled"],
  ["2.5", "grpc.client.maxMaxAttempts"],
])("%s: %s may be set", (line, key) => {
  expect(checkConfigKey(key, family(line))).toBeUndefined();
});

test.each([
  ["2.3", "queryNode.exprCache.enabled"],
  ["2.3", "minio.gcpCredentialJSON"],
  ["2.5", "kafka.consumer."],
  ["2.5", "rootcoord.dmlchannelnum"],
])("%s does not know %s", (line, key) => {
  expect(checkConfigKey(key, family(line))).toMatch(`unknown config key "${key}" for Milvus ${line}`);
});

test("a key in the wrong case is answered with the right one", () => {
  expect(checkConfigKey("rootcoord.dmlchannelnum", family("2.4"))).toBe(
    'unknown config key "rootcoord.dmlchannelnum" for Milvus 2.4; did you mean "rootCoord.dmlChannelNum"?',
  );
});

test("a key like no other gets no suggestion", () => {
  expect(checkConfigKey("color", family("2.4"))).toBe('unknown config key "color" for Milvus 2.4');
});

test.each([
  [
    "etcd.rootPath",
    "etcd's endpoints and certificates follow from peers, ports.etcdClient and the cluster's CA",
  ],
  ["minio.secretAccessKey", "credentials are generated and rotated by the cluster"],
  ["minio.bucketName", "set storage.bucket"],
  ["common.session.ttl", "set sessionTtlSeconds"],
  ["pulsar.address", "Pulsar's address follows from queue.host"],
  ["queryNode.ip", "each role announces the address of its peer"],
  ["queryNode.port", "each peer's firewall relies on it"],
  ["proxy.port", "set ports.milvus"],
  ["proxy.internalPort", "each peer's firewall relies on it"],
  ["rootCoord.enableActiveStandby", "coordinators always have standbys on the other peers"],
])("%s is ours", (key, instead) => {
  for (const f of families) expect(checkConfigKey(key, f)).toBe(`"${key}" cannot be set: ${instead}`);
});

test("every line's inventory is whole: each has the keys on which failover rests, and hundreds more", () => {
  for (const f of families) {
    const keys = f.configKeys.trim().split(/\s+/);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThan(500);
    expect(keys.filter((key) => !/^[A-Za-z0-9_.]+\*?$/.test(key))).toEqual([]);
    for (const key of ["common.session.ttl", "rootCoord.enableActiveStandby", "grpc.client.maxMaxAttempts"]) {
      expect(isKnownKey(key, f)).toBe(true);
    }
  }
});
