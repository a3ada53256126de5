import { checkConfigKey, isKnownKey } from "../../../lib/spec/config-keys";
import { families, type Family } from "../../../lib/spec/families";
import { matches, OWNED } from "../../../lib/spec/owned-keys";

const family = (line: string): Family => families.find((f) => f.line === line)!;
const keysOf = (f: Family): string[] => f.configKeys.trim().split(/\s+/);

test.each([
  ["2.3", "rootCoord.dmlChannelNum"],
  ["2.3", "quotaAndLimits.dml.insertRate.max"],
  ["2.3", "kafka.consumer.session.timeout.ms"],
  ["2.4", "common.locks.maxWLockConditionalWaitTime"],
  ["2.4", "queryNode.mmapEnabled"],
  ["2.5", "queryNode.exprCache.enabled"],
  ["2.5", "grpc.client.maxMaxAttempts"],
  ["2.6", "woodpecker.logstore.retentionPolicy.ttl"],
  ["2.6", "log.level"],
])("%s: %s may be set", (line, key) => {
  expect(checkConfigKey(key, family(line))).toBeUndefined();
});

test.each([
  ["2.3", "queryNode.exprCache.enabled"],
  ["2.5", "woodpecker.logstore.retentionPolicy.ttl"],
  ["2.5", "kafka.consumer."],
  ["2.5", "rootcoord.dmlchannelnum"],
  ["2.6", "common.enabledJSONKeyStats"],
])("%s does not know %s", (line, key) => {
  expect(checkConfigKey(key, family(line))).toMatch(`unknown config key "${key}" for Milvus ${line}`);
});

test.each([
  ["rootcoord.dmlchannelnum", "rootCoord.dmlChannelNum"],
  ["Kafka.Consumer.session.timeout.ms", "kafka.consumer.session.timeout.ms"],
])("%s, in the wrong case, is answered with the right one", (key, right) => {
  expect(checkConfigKey(key, family("2.4"))).toBe(
    `unknown config key "${key}" for Milvus 2.4; did you mean "${right}"?`,
  );
});

test("a key like no other gets no suggestion", () => {
  expect(checkConfigKey("color", family("2.4"))).toBe('unknown config key "color" for Milvus 2.4');
});

test.each([
  ["minio.bucketName", "set storage.bucket"],
  ["minio.secretAccessKey", /milvus_credentials or storage\.s3/],
  ["minio.ssl.tlsCACert", /storage\.s3\.caPem/],
  ["mq.type", "set queue"],
  ["pulsar.address", /queue\.pulsarSingleton\.host or queue\.externalPulsar$/],
  ["kafka.saslPassword", /queue\.externalKafka$/],
  ["kafka.consumer.sasl.password", /queue\.externalKafka$/],
  ["etcd.rootPath", /peers, ports\.etcdClient/],
  ["common.session.ttl", "set sessionTtlSeconds"],
  ["common.security.authorizationEnabled", "set security.authentication"],
  ["tls.serverPemPath", /security\.clientTls/],
  ["proxy.http.port", /ports\.milvusRest/],
  ["rocksmq.path", "set dataDirs.milvus"],
  ["queryNode.ip", /address/],
  ["queryNode.port", /firewall/],
  ["proxy.port", "set ports.milvus"],
  ["proxy.internalPort", /firewall/],
  ["rootCoord.enableActiveStandby", /roles/],
])("%s is ours in every line, however it is written", (key, instead) => {
  for (const f of families) {
    for (const given of [key, key.toLowerCase(), key.toUpperCase()]) {
      const message = checkConfigKey(given, f);
      expect(message).toMatch(`"${given}" cannot be set: `);
      expect(message!.slice(`"${given}" cannot be set: `.length)).toMatch(instead);
    }
  }
});

test("what only 2.6 has is refused there", () => {
  const refused = ["woodpecker.storage.type", "woodpecker.meta.type", "mixCoord.enableActiveStandby"];
  for (const key of [...refused, "streamingNode.port"]) {
    expect(checkConfigKey(key, family("2.6"))).toMatch(`"${key}" cannot be set: `);
  }
});

test("every key that we call ours exists in some line", () => {
  const known = families.flatMap(keysOf);
  const patterns = OWNED.flatMap(([all]) => all.split(" "));
  const strange = patterns.filter(
    (own) => !known.some((key) => matches(own, key) || matches(key, own) || matches(key, `${own}x`)),
  );
  expect(strange).toEqual([]);
});

test("every line's inventory is whole: each has the keys on which failover rests, and hundreds more", () => {
  for (const f of families) {
    const keys = keysOf(f);
    expect(new Set(keys.map((key) => key.toLowerCase())).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThan(500);
    expect(keys.filter((key) => !/^[A-Za-z0-9_.]+\*?$/.test(key))).toEqual([]);
    for (const key of ["common.session.ttl", "rootCoord.enableActiveStandby", "grpc.client.maxMaxAttempts"]) {
      expect(isKnownKey(key, f)).toBe(true);
    }
  }
});
