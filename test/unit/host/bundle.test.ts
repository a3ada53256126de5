import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundle } from "../../../tools/bundle";
import { ED25519, startServer } from "./ssh-server";

jest.setTimeout(60_000);

const LIB = join(__dirname, "../../../lib/host");

test("works in one bundled file, without ssh2's native modules", async () => {
  const dir = mkdtempSync(join(tmpdir(), "host-test-"));
  const server = await startServer();
  try {
    writeFileSync(join(dir, "id"), ED25519.private);
    const login = { host: "127.0.0.1", port: server.port, user: "root", privateKeyFile: join(dir, "id") };
    writeFileSync(
      join(dir, "entry.ts"),
      `import { Host } from ${JSON.stringify(LIB)};
       void Host.connect(${JSON.stringify(login)}).then(async (host) => {
         process.stdout.write((await host.run("echo in")).stdout);
         host.close();
       });`,
    );
    await bundle(join(dir, "entry.ts"), join(dir, "entry.js"));
    const { stdout } = await promisify(execFile)(process.execPath, [join(dir, "entry.js")], { cwd: dir });
    expect(stdout).toBe("in\n");
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true });
  }
});
