import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../lab/run";
import { ROOT } from "../../tools/exec";

const VENV = join(ROOT, ".cache/pymilvus");
/** The line of pymilvus that belongs to Milvus 2.3 (its release notes), and two of its parts whose newest versions it cannot use. */
const PACKAGES = ["pymilvus==2.3.8", "setuptools<81", "marshmallow==3.26.1"];

const program = `
import random, sys
from pymilvus import connections, utility, Collection, CollectionSchema, FieldSchema, DataType
host, port = sys.argv[1].rsplit(":", 1)
connections.connect(host=host, port=port, user="root", password=sys.stdin.read(), timeout=10)
name = "pymilvus_check"
if utility.has_collection(name): utility.drop_collection(name)
schema = CollectionSchema([FieldSchema("id", DataType.INT64, is_primary=True), FieldSchema("v", DataType.FLOAT_VECTOR, dim=8)])
c = Collection(name, schema, consistency_level="Strong")
rows = [[random.random() for _ in range(8)] for _ in range(200)]
c.insert([list(range(200)), rows])
c.create_index("v", {"index_type": "FLAT", "metric_type": "L2", "params": {}})
c.load()
hits = c.search(rows[:5], "v", {"metric_type": "L2"}, limit=1)
print("found", sum(1 for i, h in enumerate(hits) if h[0].id == i), "of 5")
utility.drop_collection(name)
`;

/** An ordinary pymilvus program against one endpoint; returns what it printed. The password goes by standard input. */
export async function pymilvus(endpoint: string, password: string): Promise<string> {
  const python = await pythonWithPymilvus();
  return run(python, ["-c", program, endpoint], { input: password, timeoutMs: 120_000 });
}

/** Path of a Python that has it. */
export async function pythonWithPymilvus(): Promise<string> {
  const python = join(VENV, "bin/python");
  if (!existsSync(join(VENV, "ready"))) await install(python);
  return python;
}

async function install(python: string): Promise<void> {
  await run("python3", ["-m", "venv", VENV]);
  await run(python, ["-m", "pip", "install", "--quiet", ...PACKAGES], { timeoutMs: 300_000 });
  await run("touch", [join(VENV, "ready")]);
}
