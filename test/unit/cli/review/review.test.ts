import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { readPlan } from "../../../../lib/cli/review/read-plan";
import { RULES } from "../../../../lib/cli/review/rules";
import type { Review } from "../../../../lib/cli/review";
import { Terminal, type Run } from "../terminal";
import { changeIn, plan, PLANS, upgradeOf, type PlanFile } from "./support";

jest.setTimeout(60_000);

const terminal = new Terminal();
afterAll(() => terminal.close());

const real = (name: string): string => join(PLANS, `${name}.json`);

function review(made: PlanFile, ...options: string[]): Promise<Run> {
  return terminal.run("review", terminal.write("plan.json", JSON.stringify(made)), ...options);
}

async function modelOf(made: PlanFile): Promise<Review> {
  return JSON.parse((await review(made, "-o", "json")).stdout) as Review;
}

async function rulesOf(made: PlanFile): Promise<string[]> {
  return (await modelOf(made)).risks.map(({ rule }) => rule);
}

const NAMES = readdirSync(PLANS).map((file) => file.replace(/\.json$/, ""));

test.each(NAMES)("%s: no format shows a secret, what is marked sensitive, or how to log in", async (name) => {
  const formats = ["markdown", "github", "sarif"].map((format) => ["--format", format]);
  for (const options of [...formats, ["-o", "json"]]) {
    const { stdout, code } = await terminal.run("review", real(name), ...options);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/made-up|madeup|bWFkZSB1cA|198\.18\.77\.12|id_ed25519|level: warn/);
  }
});

describe("--fail-on", () => {
  test.each([
    ["upgrade", "risk", 0],
    ["upgrade", "change", 3],
    ["pulsar", "risk", 3],
    ["pulsar", "never", 0],
    ["nothing-to-do", "change", 0],
    ["others-only", "change", 0],
    ["refused", "risk", 3],
    ["refused", "change", 3],
  ])("%s, %s: exit code %i", async (name, on, expected) => {
    expect((await terminal.run("review", real(name), "--fail-on", on)).code).toBe(expected);
  });
});

describe("where a plan comes from", () => {
  test("standard input", async () => {
    const text = JSON.stringify(plan("upgrade"));
    for (const file of [undefined, "-"])
      expect((await readPlan(file, Readable.from([text.slice(0, 99), text.slice(99)]))).ours).toHaveLength(5);
  });
  test("nothing is awaited from a person at a terminal", async () => {
    const stdin = Object.assign(Readable.from([]), { isTTY: true });
    await expect(readPlan(undefined, stdin)).rejects.toThrow("no plan: name a file, or pipe one in");
  });
  test.each([
    ["", /plan\.json is empty\. Make it with: terraform plan -out/],
    ["{", /plan\.json is not JSON: /],
    ["PK\u0003\u0004", /plan\.json is a plan file, not its JSON\. Make it with: terraform plan -out/],
    ['{"@level":"info"}\n{"@level":"info"}\n', /holds the messages of terraform plan -json, not the plan/],
    ["[]", /plan\.json holds no plan: /],
    ['{"a": 1}', /plan\.json holds no plan: format_version: /],
    ['{"format_version": "2.0"}', /is a plan of format 2\.0; this program reads format 1/],
    ['{"format_version": "1.0", "values": {}}', /is a state, not a plan/],
    [
      '{"format_version": "1.2", "resource_changes": [{"mode": "managed"}]}',
      /resource_changes\[0\] is not as a plan/,
    ],
  ])("%j is refused", async (text, message) => {
    const { code, stdout, stderr } = await terminal.run("review", terminal.write("plan.json", text));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
  });
  test("a file that is not there, and two ways to print", async () => {
    expect((await terminal.run("review", "/nowhere")).stderr).toContain("cannot read the plan: ENOENT");
    const both = await terminal.run("review", real("upgrade"), "-o", "json", "--format", "sarif");
    expect(both.code).toBe(2);
  });
  test("a plan of no resource at all", async () => {
    const { stdout } = await review({ format_version: "1.2" } as PlanFile);
    expect(stdout).toBe(
      "There is no Milvus cluster and no peer of one in this plan. <!-- milvus-onprem review -->\n",
    );
  });
});

describe("risks", () => {
  test("a cluster that is replaced, with its data and without", async () => {
    const made = plan("upgrade");
    const change = changeIn(made);
    change.actions = ["delete", "create"];
    expect(await rulesOf(made)).toEqual(["cluster-replaced"]);
    change.before!.on_destroy = "delete_data";
    const { risks } = await modelOf(made);
    expect(risks[0]).toMatchObject({
      rule: "data-deleted",
      level: "error",
      address: "milvus_cluster.vectors",
    });
    expect(risks[0]!.message).toContain("an empty one is formed in its place");
  });
  test("a cluster that Terraform forgets", async () => {
    const made = plan("destroy");
    for (const { change } of made.resource_changes) change.actions = ["forget"];
    expect(await rulesOf(made)).toEqual(["cluster-forgotten"]);
    expect((await review(made)).stdout).not.toMatch(/mermaid|#### /);
  });
  test("credentials and peers of a cluster that stays", async () => {
    const made = plan("destroy");
    changeIn(made).actions = ["no-op"];
    expect((await rulesOf(made)).sort()).toEqual([
      "credentials-lost",
      ...["peer-destroyed", "peer-destroyed", "peer-destroyed"],
    ]);
  });
  test("a change that a formed cluster does not take, though the plan has it", async () => {
    const made = plan("upgrade");
    changeIn(made).after!.version = "v2.4.1";
    const { risks } = await modelOf(made);
    expect(risks.find(({ rule }) => rule === "change-refused")?.message).toMatch(
      /cannot change version of a formed cluster from "v2\.3\.4" to "v2\.4\.1"/,
    );
  });
  test("a step that stops writes in the plan's own steps, though this program computes others", async () => {
    const made = plan("upgrade");
    const restart = "restart pulsar on peer-2 (image: a → b)";
    changeIn(made).after!.rollout = [restart, "polish the brass"];
    const { risks, clusters } = await modelOf(made);
    expect(risks.map(({ rule }) => rule)).toEqual(["unfinished-change", "service-stops"]);
    expect(risks[1]!.message).toContain(`writes stop while this runs: ${restart}`);
    expect(clusters[0]!.steps.rows[1]).toEqual({ title: "polish the brass", peers: [] });
    expect((await review(made)).stdout).toContain("| polish the brass | ? | ? | not known to this release |");
  });
});

test.each(["create", "upgrade"])("%s: of peers that are not known yet nothing is made up", async (name) => {
  const made = plan(name);
  const change = changeIn(made);
  for (const open of ["peers", "rendered", "rollout", "resilience", "links"]) {
    delete change.after![open];
    change.after_unknown[open] = true;
  }
  expect(await rulesOf(made)).toEqual(["known-later"]);
  const { stdout } = await review(made);
  expect(stdout).toContain("The steps are known only while applying.");
  expect(stdout).not.toContain("mermaid");
  expect(stdout).toContain("They hold what is known only while applying, so none can be shown.");
});

test("several clusters, and modules", async () => {
  const made = plan("upgrade");
  const again = plan("pulsar").resource_changes.map((c) => ({
    ...c,
    address: `module.eu["a"].${c.address}`,
  }));
  made.resource_changes.push(...again);
  const { stdout } = await review(made);
  expect(stdout).toContain("## Milvus: 2 clusters changed; 1 risk");
  expect(stdout).toContain('> - `module.eu["a"].milvus_cluster.vectors`: Writes stop while');
  expect(stdout).toContain(
    "### `milvus_cluster.vectors`: cluster vectors is changed, Milvus v2.3.4 → v2.3.5",
  );
  expect(stdout).toContain('### `module.eu["a"].milvus_cluster.vectors`: cluster vectors is changed');
});

test("what the layout survives is told where it changes", async () => {
  const made = plan("upgrade");
  changeIn(made).before!.resilience = ["etcd: 1 member, survives the loss of 0"];
  const { stdout } = await review(made);
  expect(stdout).toContain(
    "#### What the layout survives\n\n```diff\n- etcd: 1 member, survives the loss of 0\n+ etcd: 3 members",
  );
});

test("text of a plan formats nothing and ends no cell, label or fence", async () => {
  const made = plan("upgrade");
  const change = changeIn(made);
  change.after!.rollout = ["a | b <script> *c*\nd"];
  (change.after!.rendered as Record<string, string>)["peer-1/milvus.yaml"] = "```\n";
  const { stdout } = await review(made);
  expect(stdout).toContain("| 1 | a \\| b &lt;script> \\*c\\* d |");
  expect(stdout).toContain("\n````diff\n");
});

test("fifty peers make a picture and a comment that can be read", async () => {
  const { stdout } = await review(upgradeOf(50));
  expect(stdout.length).toBeLessThan(65_536);
  expect(stdout).toContain("| 4 | restart coord on peer-1 … peer-50 (50 peers), one at a time");
  const picture = /```mermaid\n([\s\S]*?)\n```/.exec(stdout)![1]!.split("\n");
  expect(picture.length).toBeLessThan(20);
  expect(picture.join("\n")).toContain("peer-5 … peer-47 (43 peers)");
});

test("SARIF has a result a risk, each with its rule and place", async () => {
  const { stdout } = await terminal.run("review", real("replaced-peer"), "--format", "sarif");
  const { version, runs } = JSON.parse(stdout) as {
    version: string;
    runs: { tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }[];
  };
  expect(version).toBe("2.1.0");
  const [result, ...others] = runs[0]!.results;
  expect(others).toEqual([]);
  expect(result).toMatchObject({
    ruleId: "peer-replaced",
    level: "error",
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: "replaced-peer.json" }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: "milvus_peer.peer[2]", kind: "resource" }],
      },
    ],
  });
  expect(runs[0]!.tool.driver.rules[Number(result!.ruleIndex)]!.id).toBe("peer-replaced");
});

test("docs/reviewing-a-plan.md has a row for each risk, with its level", () => {
  const docs = readFileSync(join(__dirname, "../../../../docs/reviewing-a-plan.md"), "utf8");
  const rows = [...docs.matchAll(/^\| `([a-z-]+)` +\| (error|warning) +\|/gm)].map(([, id, level]) => [
    id,
    level,
  ]);
  expect(rows).toEqual(Object.entries(RULES).map(([id, { level }]) => [id, level]));
});
