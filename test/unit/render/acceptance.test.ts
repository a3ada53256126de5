import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { families } from "../../../lib/spec/families";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { spec } from "../spec/fixture";
import { file } from "./fixture";

/**
 * The programs that read the files have the last word. They come out of images that the lab has built; without those, each
 * test says so and passes over.
 */

jest.setTimeout(120_000);

interface Outcome {
  status: number | null;
  output: string;
}

/** Newest image of the lab by that name, undefined when Docker or the image is not there. */
function labImage(name: string): string | undefined {
  const list = spawnSync("docker", ["images", `lab/${name}`, "--format", "{{.ID}}"], {
    encoding: "utf8",
    timeout: 10_000,
  });
  return list.status === 0 ? list.stdout.split("\n").find((line) => line !== "") : undefined;
}

/** Runs a program in an image, with no network, and text on its standard input. */
function runIn(image: string, args: string[], stdin = "", mounts: string[] = []): Outcome {
  const volumes = mounts.flatMap((mount) => ["-v", mount]);
  const all = ["run", "--rm", "-i", "--network", "none", "--tmpfs", "/run/nginx", ...volumes, image, ...args];
  const result = spawnSync("docker", all, { input: stdin, encoding: "utf8", timeout: 60_000 });
  return { status: result.status, output: `${result.stdout}${result.stderr}` };
}

/** A test that needs an image of the lab; where it is missing the reason is printed. */
function withImage(name: string, title: string, body: (image: string) => void): void {
  const image = labImage(name);
  if (image) return test(title, () => body(image));
  console.warn(`skipped "${title}": no image lab/${name}; npm run lab -- up builds it`);
  test.skip(title, () => undefined);
}

const versions = families.map((f) => `v${f.line}.${f.newestPatch}`);

/** nginx opens its sockets even for a check, so the peers of this one are loopback addresses. */
const local = (names: string[]): ClusterSpec =>
  spec({
    peers: names.map((name, i) => ({ name, address: `127.0.0.${11 + i}` })),
    queue: { host: names[0]! },
  });

describe("docker compose config", () => {
  for (const version of versions) {
    withImage("daemon-base", `takes a file of ${version} and changes no argument`, (image) => {
      const content = file(spec({ version }), "peer-2", "docker-compose.yml");
      const { status, output } = runIn(
        image,
        ["docker", "compose", "-f", "-", "config", "--format", "json"],
        content,
      );
      expect({ status, output: status === 0 ? "" : output }).toEqual({ status: 0, output: "" });
      const { services } = JSON.parse(output) as { services: Record<string, { command: string[] }> };
      expect(services.etcd!.command).toContain("--name=peer-2");
      expect(services.minio!.command.at(-1)).toBe("https://peer-{1...3}:9000/drives/drive{1...4}");
    });
  }

  withImage("daemon-base", "refuses a file with a misspelt key: the check does check", (image) => {
    const broken = file(spec(), "peer-1", "docker-compose.yml").replace("network_mode", "network_mod");
    expect(runIn(image, ["docker", "compose", "-f", "-", "config", "--quiet"], broken).status).not.toBe(0);
  });
});

describe("nginx -t", () => {
  const folder = mkdtempSync(join(tmpdir(), "nginx-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  const check = (image: string, content: string): Outcome => {
    const conf = join(folder, "nginx.conf");
    writeFileSync(conf, content);
    return runIn(image, ["nginx", "-t"], "", [`${conf}:/etc/nginx/nginx.conf:ro`]);
  };

  withImage("nginx", "takes the file of a peer", (image) => {
    const { status, output } = check(image, file(local(["a-1", "a-2", "a-3"]), "a-2", "nginx.conf"));
    expect(output).toContain("test is successful");
    expect(status).toBe(0);
  });

  withImage("nginx", "refuses a file with a misspelt directive: the check does check", (image) => {
    const broken = file(local(["a-1", "a-2"]), "a-1", "nginx.conf").replace("proxy_timeout", "proxy_timeot");
    expect(check(image, broken).status).not.toBe(0);
  });
});

describe("etcd", () => {
  withImage("etcd", "knows every flag", (image) => {
    const compiled = local(["a-1", "a-2", "a-3"]);
    const flags = /command:\n((?:\s+- .*\n)+)/.exec(file(compiled, "a-1", "docker-compose.yml"))![1]!;
    const command = flags
      .split("\n")
      .map((line) => line.trim().slice(2))
      .filter(Boolean);
    const { output } = runIn(image, [...command, "--version"]);
    expect(output).not.toMatch(/not defined|invalid value/);
    expect(output).toContain("etcd Version");
  });
});
