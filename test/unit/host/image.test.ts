import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { ensureImage } from "../../../lib/host";
import { registryOf } from "../../../lib/host/image";
import { pullProblem } from "../../../lib/host/pull-problem";
import { fakeDocker, type FakeDocker } from "./fake-docker";
import { failure, localHost, type LocalHost } from "./support";

let local: LocalHost;
let docker: FakeDocker;
beforeEach(async () => {
  local = await localHost();
  docker = fakeDocker(local);
});
afterEach(() => local.stop());

const at = (name: string): string => join(local.dir, name);

describe("from a registry", () => {
  const reference = "registry.example:5000/milvus-onprem:0.1.0";

  test("pulls once, in one round trip", async () => {
    expect(await ensureImage(local.host, { reference })).toEqual({ how: "pulled", id: "sha256:pulled" });
    expect(local.server.commands).toHaveLength(1);
    expect(await ensureImage(local.host, { reference })).toEqual({ how: "present", id: "sha256:pulled" });
    expect(docker.changes()).toEqual(["pull"]);
  });

  test("credentials: by standard input, to that registry, in a private directory that is gone afterwards", async () => {
    const registryAuth = { username: "robot$ci", password: "p'a s$s\"word" };
    await ensureImage(local.host, { reference, registryAuth });
    expect(docker.log()).toContain("login --username robot$ci --password-stdin registry.example:5000");
    expect(readFileSync(at("config-seen/password"), "utf8")).toBe(registryAuth.password);
    expect(readFileSync(at("config-mode"), "utf8")).toMatch(/^drwx------/);
    const config = readFileSync(at("pull-config"), "utf8").trim();
    expect(config).not.toBe("");
    expect(existsSync(config)).toBe(false);
    expect([...docker.log(), ...local.server.commands].join("\n")).not.toContain("p'a s");
  });

  test("a failed pull is explained, without the password", async () => {
    writeFileSync(
      at("pull-error"),
      "Error response from daemon: manifest for x@sha256:00 not found: manifest unknown",
    );
    const wrong = `registry.example:5000/milvus-onprem@sha256:${"0".repeat(64)}`;
    const registryAuth = { username: "robot", password: "hunter2" };
    const error = await failure(ensureImage(local.host, { reference: wrong, registryAuth }));
    expect(error.kind).toBe("image");
    expect(error.message).toContain(`cannot pull image ${wrong}: the registry has no image of this digest`);
    expect(error.message).not.toContain("hunter2");
    expect(readdirSync(local.dir).filter((name) => name.startsWith("tmp."))).toEqual([]);
  });
});

describe("from an archive", () => {
  const reference = "example/daemon:1";
  const content = Buffer.from("an archive ".repeat(100_000));

  test.each([
    ["plain, compressed on the way", content, content],
    ["compressed, sent as it is", gzipSync(content), content],
  ])("%s", async (_title, file, expected) => {
    writeFileSync(at("image.tar"), file);
    const result = await ensureImage(local.host, { reference, archive: at("image.tar") });
    expect(result.how).toBe("sent");
    const sent = readFileSync(at("loaded"));
    expect(sent.length).toBeLessThan(content.length / 10);
    expect(gunzipSync(sent).equals(expected)).toBe(true);
  });

  test("the same file is not sent twice; a new file under the same name is", async () => {
    writeFileSync(at("image.tar"), content);
    const first = await ensureImage(local.host, { reference, archive: at("image.tar") });
    expect(docker.changes()).toEqual(["load"]);
    const second = await ensureImage(local.host, { reference, archive: at("image.tar") });
    expect(second).toEqual({ how: "present", id: first.id });
    expect(docker.changes()).toEqual([]);
    writeFileSync(at("image.tar"), Buffer.concat([content, Buffer.from("more")]));
    expect((await ensureImage(local.host, { reference, archive: at("image.tar") })).how).toBe("sent");
  });

  test("an image that was replaced on the host since is sent again", async () => {
    writeFileSync(at("image.tar"), content);
    await ensureImage(local.host, { reference, archive: at("image.tar") });
    writeFileSync(at("image-example_daemon_1"), "sha256:other\n");
    expect((await ensureImage(local.host, { reference, archive: at("image.tar") })).how).toBe("sent");
  });

  test.each<[string, string, string, RegExp]>([
    [
      "is not there",
      "example/daemon:1",
      "nothing.tar",
      /cannot read the image archive: ENOENT.*docker save IMAGE/,
    ],
    [
      "holds another image",
      "example/other:1",
      "image.tar",
      /the archive does not hold example\/other:1: Loaded image: example\/daemon:1/,
    ],
    [
      "cannot have a digest",
      `example/daemon@sha256:${"0".repeat(64)}`,
      "image.tar",
      /does not keep the digest.*Name the image by its tag/,
    ],
  ])("an archive that %s", async (_title, ref, file, message) => {
    writeFileSync(at("image.tar"), content);
    const error = await failure(ensureImage(local.host, { reference: ref, archive: at(file) }));
    expect(error.kind).toBe("image");
    expect(error.message).toMatch(message);
  });
});

test("credentials without a registry in the reference are for Docker's default", async () => {
  await ensureImage(local.host, { reference: "org/x:1", registryAuth: { username: "me", password: "p" } });
  expect(docker.log()).toContain("login --username me --password-stdin");
});

test.each([
  ["milvusdb/milvus:v2.3.5", ""],
  ["busybox", ""],
  ["localhost/x:1", "localhost"],
  ["198.18.0.2:5000/x/y:1", "198.18.0.2:5000"],
  ["registry.example/coreos/etcd@sha256:00", "registry.example"],
])("registry of %s is %j", (reference, expected) => {
  expect(registryOf(reference)).toBe(expected);
});

/** As Docker 20.10 and 28 say it. */
test.each([
  ["unauthorized: authentication required", /refused the credentials/],
  ['Get "https://r:5000/v2/": no basic auth credentials', /refused the credentials/],
  [
    "Error response from daemon: manifest for r:5000/x:9 not found: manifest unknown: manifest unknown",
    /no image of this name and tag/,
  ],
  [
    "Error response from daemon: pull access denied for x, repository does not exist or may require 'docker login'",
    /denies access, or has no such repository/,
  ],
  ["http: server gave HTTP response to HTTPS client", /plain HTTP.*insecure-registries/],
  ["x509: certificate signed by unknown authority", /does not trust.*certs\.d/],
  ["toomanyrequests: You have reached your pull rate limit", /limits how often/],
  ["write /var/lib/docker/tmp/x: no space left on device", /disk of the VM is full/],
  ["dial tcp: lookup r on 198.18.0.1:53: no such host", /cannot reach the registry/],
  ["dial tcp 198.18.0.2:5000: connect: connection refused", /cannot reach the registry/],
  ["something new", /docker: something new\. Try docker pull on the VM/],
])("pull says %j", (said, expected) => {
  expect(pullProblem("root@vm:22", "r:5000/x:9", said).message).toMatch(expected);
});
