import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../../lib/cli/main";
import type { CertifiedKey } from "../../../lib/pki";
import type { PeerIdentity } from "../../../lib/spec/identity";
import type { Contexts } from "../../../lib/cli/contexts/store";

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user's home with the CLI in it; nothing that it prints is seen. */
export class Terminal {
  readonly home = mkdtempSync(join(tmpdir(), "cli-"));

  constructor() {
    process.env.XDG_CONFIG_HOME = this.home;
  }

  async run(...argv: string[]): Promise<Run> {
    const said = { stdout: "", stderr: "" };
    const hear = (to: keyof typeof said) => (text: unknown) => ((said[to] += String(text)), true);
    const spies = [
      jest
        .spyOn(console, "log")
        .mockImplementation((...words) => void (said.stdout += `${words.join(" ")}\n`)),
      jest
        .spyOn(console, "error")
        .mockImplementation((...words) => void (said.stderr += `${words.join(" ")}\n`)),
      jest.spyOn(process.stdout, "write").mockImplementation(hear("stdout")),
      jest.spyOn(process.stderr, "write").mockImplementation(hear("stderr")),
    ];
    try {
      return { code: await main(argv), ...said };
    } finally {
      for (const spy of spies) spy.mockRestore();
      process.exitCode = undefined;
    }
  }

  get file(): string {
    return join(this.home, "milvus-onprem", "contexts.json");
  }

  get contexts(): Contexts {
    return JSON.parse(readFileSync(this.file, "utf8")) as Contexts;
  }

  modes(): string[] {
    return [this.file, join(this.home, "milvus-onprem")].map((p) => (statSync(p).mode & 0o777).toString(8));
  }

  openToOthers(): void {
    chmodSync(this.file, 0o644);
  }

  write(name: string, content: string): string {
    writeFileSync(join(this.home, name), content, { mode: 0o600 });
    return join(this.home, name);
  }

  /** What a peer's /etc/milvus-onprem holds. */
  peerConfig(caPem: string, endpoint: string, { certPem, keyPem }: CertifiedKey): string {
    const identity: PeerIdentity = {
      ...{ clusterId: "c1", name: "peer-1", address: "127.0.0.1", dataRoot: "/data" },
      ...{ daemonPort: Number(endpoint.split(":")[1]), tokenSha256: "a".repeat(64) },
    };
    mkdirSync(join(this.home, "tls"));
    this.write("identity.json", JSON.stringify(identity));
    this.write("tls/ca.crt", caPem);
    this.write("tls/peer.crt", certPem);
    this.write("tls/peer.key", keyPem);
    return this.home;
  }

  knows(): boolean {
    return existsSync(this.file);
  }

  close(): void {
    delete process.env.XDG_CONFIG_HOME;
    rmSync(this.home, { recursive: true, force: true });
  }
}
