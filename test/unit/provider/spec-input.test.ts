import { attributePath } from "../../../lib/provider/resources/cluster/spec-input";
import { configValue } from "../../../lib/spec/config-value";

test.each([
  ["name", ["name"]],
  ["storage.drivesPerPeer", ["storage", "drives_per_peer"]],
  ["peers[2].address", ["peers", 2, "address"]],
  ["sessionTtlSeconds", ["session_ttl_seconds"]],
  ["ports.milvusMetricsBase", ["ports", "milvus_metrics_base"]],
  ['config["queryNode.gracefulStopTimeout"]', ["config", "queryNode.gracefulStopTimeout"]],
])("a problem at %s is shown at the attribute", (spec, path) => {
  expect(attributePath(spec)).toEqual(path);
});

test.each([
  ["60", 60],
  ["0.5", 0.5],
  ["-1", -1],
  ["true", true],
  ["false", false],
  ["1.0", "1.0"],
  ["007", "007"],
  ["1e3", "1e3"],
  ["", ""],
  ["Infinity", "Infinity"],
  ["v2", "v2"],
])("the setting %j means %j: text that a number would write otherwise stays text", (text, value) => {
  expect(configValue(text)).toBe(value);
});
