import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { freePort } from "../../support/free-port";
import { changed, committed, events, formed, jobOf } from "./converge-support";
import type { Peers } from "./peers-support";
import { temporaryDir } from "./support";

jest.setTimeout(60_000);

const dir = temporaryDir();
let peers: Peers;
let from: ClusterSpec;
let to: ClusterSpec;
beforeEach(async () => {
  peers = await formed(dir.path());
  from = peers.spec;
  to = changed(peers, { ports: { ...from.ports, pulsar: await freePort() } });
});
afterEach(() => peers.stop());

const on = (peer: string): string[] => peers.of(peer).host.events;

test("all stops before nginx knows the new ports, and starts after that, Pulsar before the roles", async () => {
  await jobOf(peers, { from, to }).run(peers.elect("peer-1"));
  const done = on("peer-2").filter((event) => /^(remove|SIGHUP|recreate)/.test(event));
  const reload = done.indexOf("SIGHUP nginx");
  expect(done.slice(0, reload).every((event) => event.startsWith("remove "))).toBe(true);
  expect(done.slice(0, reload)).toContain("remove pulsar");
  expect(done.slice(reload + 1)).toEqual(["recreate pulsar", expect.stringMatching(/^recreate coord /)]);
  const { configDir } = peers.of("peer-1").config;
  const nginx = await readFile(join(configDir, "rendered", "nginx.conf"), "utf8");
  expect(nginx).toContain(String(to.ports.pulsar));
  expect(committed(peers).spec).toEqual(to);
});

test("a leader that dies in the middle is succeeded by one that stops nothing twice", async () => {
  const job = jobOf(peers, { from, to });
  await job.run(peers.elect("peer-1"), { until: "move ports" });
  job.done.delete("move ports");
  for (const { host } of peers.all) host.events.length = 0;
  await job.run(peers.elect("peer-3"));
  expect(
    events(peers)
      .flat()
      .filter((event) => event.startsWith("remove")),
  ).toEqual([]);
  expect(committed(peers).spec).toEqual(to);
});

test("nothing stops where somebody listens on a new port already", async () => {
  const other: Server = createServer();
  other.listen(to.ports.pulsar, "127.0.0.1");
  await once(other, "listening");
  try {
    await expect(jobOf(peers, { from, to }).run(peers.elect("peer-1"))).rejects.toThrow(
      new RegExp(
        `somebody listens on port ${to.ports.pulsar} of peer-1, .*: choose other ports; nothing was changed`,
      ),
    );
    expect(
      events(peers)
        .flat()
        .filter((event) => /^(remove|recreate)/.test(event)),
    ).toEqual([]);
  } finally {
    other.close();
  }
});
