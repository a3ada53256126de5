import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCa, issuePeerCert } from "../../../lib/pki";
import { TLS_DIR } from "../../../lib/spec/paths";
import type { ClusterSpec, ClusterSpecInput } from "../../../lib/spec/spec";
import { spec } from "../spec/fixture";
import { dataOf, file, filesOf, service, services, type ComposeService } from "./fixture";
import { LAYOUTS } from "./layouts";

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

describe("docker compose config", () => {
  for (const [name, { spec, peers }] of Object.entries(LAYOUTS)) {
    for (const peer of peers) {
      withImage("daemon-base", `takes the file of ${peer} of ${name} and changes no argument`, (image) => {
        const { status, output } = config(image, file(spec, peer, "docker-compose.yml"));
        expect({ status, output: status === 0 ? "" : output }).toEqual({ status: 0, output: "" });
        const understood = (JSON.parse(output) as { services: Record<string, Understood> }).services;
        const written = services(spec, peer);
        expect(Object.keys(understood).sort()).toEqual(Object.keys(written).sort());
        for (const [service, { command, volumes, mem_limit, cpus, tmpfs }] of Object.entries(understood)) {
          const ours = written[service]!;
          expect([service, command ?? undefined]).toEqual([service, ours.command]);
          expect(volumes.map((v) => `${v.source}:${v.target}`).sort()).toEqual(mountsOf(ours));
          expect(volumes.filter((v) => v.read_only).length).toBe(filesOf(ours).length);
          expect([mem_limit, cpus]).toEqual([bytes(ours.mem_limit), ours.cpus]);
          expect(tmpfs).toEqual(ours.tmpfs);
        }
      });
    }
  }

  withImage("daemon-base", "refuses a file with a misspelt key: the check does check", (image) => {
    const broken = file(spec(), "peer-1", "docker-compose.yml").replace("network_mode", "network_mod");
    expect(config(image, broken).status).not.toBe(0);
  });

  const config = (image: string, content: string): Outcome =>
    runIn(image, ["docker", "compose", "-f", "-", "config", "--format", "json"], content);

  /** A service as Compose writes it back. */
  interface Understood {
    command?: string[];
    volumes: { source: string; target: string; read_only?: boolean }[];
    tmpfs: string[];
    mem_limit?: string;
    cpus?: number;
  }

  const mountsOf = (service: ComposeService): string[] =>
    [...filesOf(service).map((mount) => mount.replace(/:ro$/, "")), ...dataOf(service)].sort();
  const bytes = (limit: unknown): string | undefined =>
    typeof limit === "string" ? String(Number(limit.replace("m", "")) * 1024 * 1024) : undefined;
});

describe("nginx -t", () => {
  const folder = mkdtempSync(join(tmpdir(), "nginx-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(async () => {
    const ca = await createCa("test");
    const { certPem, keyPem } = await issuePeerCert(ca, { name: "a-1", address: "127.0.0.11", days: 1 });
    const files = { "ca.crt": ca.certPem, "peer.crt": certPem, "peer.key": keyPem };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  });

  const check = (image: string, content: string): Outcome => {
    const conf = join(folder, "nginx.conf");
    writeFileSync(conf, content);
    return runIn(image, ["nginx", "-t"], "", [`${conf}:/etc/nginx/nginx.conf:ro`, `${folder}:${TLS_DIR}:ro`]);
  };

  /** nginx opens its sockets even for a check, so the peers of these are loopback addresses. */
  const local = (overrides: Partial<ClusterSpecInput> = {}): ClusterSpec =>
    spec({
      peers: ["a-1", "a-2", "a-3"].map((name, i) => ({ name, address: `127.0.0.${11 + i}` })),
      ...overrides,
    });
  const s3 = { s3: { endpoint: "https://s3.example" } };

  test.each<[title: string, make: () => ClusterSpec, peer: string]>([
    ["the peer that hosts Pulsar", () => local(), "a-2"],
    ["a peer that reaches Pulsar elsewhere", () => local(), "a-1"],
    ["a spread load", () => local({ loadBalancing: "spread" }), "a-1"],
    ["no queue of the cluster's own", () => local({ version: "v2.6.22", queue: undefined }), "a-1"],
    ["S3", () => local({ storage: s3, security: { clientTls: "mutual" } }), "a-3"],
    [
      "a peer without a proxy",
      () =>
        local({
          peers: ["a-1", "a-2", "a-3"].map((name, i) => ({
            ...{ name, address: `127.0.0.${11 + i}` },
            ...(i === 2 ? { roles: ["query" as const] } : {}),
          })),
        }),
      "a-3",
    ],
    [
      "a standalone process, its S3 outside",
      () =>
        local({
          ...{ mode: "standalone", queue: undefined, storage: s3 },
          peers: [{ name: "a-1", address: "127.0.0.11" }],
        }),
      "a-1",
    ],
  ])("takes the file of %s", (title, make, peer) => {
    const image = labImage("nginx");
    if (!image)
      return console.warn(`skipped "nginx -t: ${title}": no image lab/nginx; npm run lab -- up builds it`);
    const { status, output } = check(image, file(make(), peer, "nginx.conf"));
    expect(output).toContain("test is successful");
    expect(status).toBe(0);
  });

  withImage("nginx", "refuses a file with a misspelt directive: the check does check", (image) => {
    const broken = file(local(), "a-1", "nginx.conf").replace("proxy_ssl_verify on", "proxy_ssl_verify an");
    expect(check(image, broken).status).not.toBe(0);
  });
});

describe("etcd", () => {
  for (const [name, { spec, peers }] of Object.entries(LAYOUTS)) {
    withImage("etcd", `knows every flag of ${name}`, (image) => {
      const { output } = runIn(image, [...service(spec, peers[0]!, "etcd").command!, "--version"]);
      expect(output).not.toMatch(/not defined|invalid value/);
      expect(output).toContain("etcd Version");
    });
  }

  withImage("etcd", "refuses a flag that is none: the check does check", (image) => {
    const { output } = runIn(image, ["/usr/local/bin/etcd", "--peer-cert-allowed-hostnam=x", "--version"]);
    expect(output).toMatch("not defined");
  });
});
