import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileSpec } from "../../lib/spec/compile";
import { input } from "../unit/spec/fixture";
import { reviewPlan, type ReviewPlan } from "./support/review-plans";

jest.setTimeout(180_000);

const PLANS = join(__dirname, "../unit/cli/review/plans");
const earlier = { version: "v2.3.4" };
const specOf = (version: string) => compileSpec(input({ version })).spec;

/** A resource that is not ours, and what only its creation tells. */
const machine = 'resource "terraform_data" "machine" { input = "198.18.0.12" }';

/**
 * What the unit tests of `milvus-onprem review` read. After a change of what the provider plans that is meant:
 * `GOLDEN=update npx jest --selectProjects provider --testPathPatterns provider/review`, then the same for unit/cli/review.
 */
const plans: Record<string, ReviewPlan> = {
  create: {
    start: {},
    wanted: { more: 'alert_webhook_url = "https://hooks.example/made-up-path"' },
    whole: true,
  },
  upgrade: { start: { applied: earlier }, wanted: {}, whole: true },
  config: {
    start: { applied: {} },
    wanted: {
      more: 'config = { "queryNode.gracefulStopTimeout" = "45", "dataCoord.segment.maxSize" = "2048" }',
    },
  },
  pulsar: {
    start: { applied: {} },
    wanted: { more: "resources = { pulsar = { memory_mb = 4096 }, query = { memory_mb = 8192 } }" },
  },
  unfinished: {
    start: {
      applied: {},
      private: {
        inForce: {
          generation: 1,
          spec: specOf("v2.3.5"),
          unfinished: { job: "job-1", spec: specOf("v2.3.4") },
        },
      },
    },
    wanted: {},
  },
  "by-hand": {
    start: {
      applied: {},
      found: {
        drift: [
          {
            peer: "peer-2",
            kind: "file",
            name: "milvus.yaml",
            expected: "sha256:aa, mode 600",
            found: "nothing",
          },
          {
            peer: "peer-3",
            kind: "container",
            name: "nginx",
            expected: "image nginx:1.28.0",
            found: "nothing",
          },
        ],
      },
    },
    wanted: {},
  },
  unprotected: {
    start: { applied: {} },
    wanted: { more: 'deletion_protection = false\n  on_destroy = "delete_data"' },
  },
  destroy: {
    start: { applied: { more: "deletion_protection = false" } },
    wanted: { others: machine, gone: true },
  },
  "destroy-with-data": {
    start: { applied: { more: 'deletion_protection = false\n  on_destroy = "delete_data"' } },
    wanted: {},
    args: ["-destroy"],
  },
  "replaced-peer": { start: { applied: {} }, wanted: {}, args: ["-replace=milvus_peer.peer[2]"] },
  "unknown-addresses": {
    start: {},
    wanted: { others: machine, address: "terraform_data.machine.output" },
  },
  "unknown-addresses-update": {
    start: { applied: earlier },
    wanted: { others: machine, address: "terraform_data.machine.output" },
  },
  "sensitive-address": {
    start: {},
    wanted: { address: 'sensitive("198.18.77.12")', more: 'config = { "log.level" = sensitive("warn") }' },
  },
  "nothing-to-do": { start: { applied: {} }, wanted: {} },
  "others-only": { start: {}, wanted: { others: machine, gone: true } },
  refused: { start: { applied: {} }, wanted: { version: "v2.4.1" } },
};

test.each(Object.entries(plans))("%s", async (name, plan) => {
  const file = join(PLANS, `${name}.json`);
  const made = await reviewPlan(plan);
  if (process.env.GOLDEN === "update") writeFileSync(file, made);
  expect(readFileSync(file, "utf8")).toBe(made);
});
