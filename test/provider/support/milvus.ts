import { version } from "../../../package.json";
import { MILVUS_PROVIDER, NULL_PROVIDER, program } from "./program";
import { Workspace } from "./workspace";

/** A workspace with our own provider, initialised with a configuration. */
export async function milvusWorkspace(hcl: string): Promise<Workspace> {
  const path = await program(MILVUS_PROVIDER);
  const source = "milvus-onprem.internal/milvus-onprem/milvus";
  return initialised(new Workspace([{ name: "milvus", source, version, program: path }]), hcl);
}

/** One with the lab's stand-in for hashicorp/null. */
export async function nullWorkspace(hcl: string): Promise<Workspace> {
  const path = await program(NULL_PROVIDER);
  const source = "registry.terraform.io/hashicorp/null";
  return initialised(new Workspace([{ name: "null", source, version: "3.2.4", program: path }]), hcl);
}

async function initialised(workspace: Workspace, hcl: string): Promise<Workspace> {
  await workspace.init(hcl);
  return workspace;
}
