import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAll, dockerBuild, imageOf } from "./build";
import { daemonBase } from "./images/catalogue";
import { ROOT } from "./paths";

const dockerfile = `
ARG BASE
FROM \${BASE}
COPY milvus-onprem /usr/local/bin/milvus-onprem
ENTRYPOINT ["/usr/bin/tini", "--", "node", "/usr/local/bin/milvus-onprem"]
`;

/** Builds `milvus-onprem:<package version>` from the bundled program, and returns that name. */
export async function buildDaemonImage(bundlePath: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  const image = `milvus-onprem:${version}`;
  await buildAll([daemonBase]);
  const context = mkdtempSync(join(tmpdir(), "milvus-onprem-image-"));
  try {
    copyFileSync(bundlePath, join(context, "milvus-onprem"));
    chmodSync(join(context, "milvus-onprem"), 0o755);
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    await dockerBuild(image, context, imageOf(daemonBase));
  } finally {
    rmSync(context, { recursive: true });
  }
  return image;
}
