import { PROBE_PROVIDER, program } from "./program";
import { Workspace } from "./workspace";

/** A workspace with the probe provider, initialised with a configuration. */
export async function probeWorkspace(hcl: string): Promise<Workspace> {
  const path = await program(PROBE_PROVIDER);
  const workspace = new Workspace([
    { name: "probe", source: "tests.internal/tests/probe", version: "1.0.0", program: path },
  ]);
  await workspace.init(hcl);
  return workspace;
}

export const thing = (body: string): string => `resource "probe_thing" "a" {\n${body}\n}`;
