import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NullProvider } from "@cdktf/provider-null/lib/provider";
import { Resource as NullResource } from "@cdktf/provider-null/lib/resource";
import { Lazy, TerraformStack, Token, type ISynthesisSession, type ITerraformDependable } from "cdktf";
import { addCustomSynthesis } from "cdktf/lib/synthesize/synthesizer";
import { Construct } from "constructs";
import { MilvusCluster } from "./milvus-cluster";
import { addProviderWhenMissing } from "./private/default-provider";
import { builtProgram } from "./private/package";
import { writeProgram } from "./private/provider-placement";
import { smokeCommand } from "./private/smoke-command";

/** Place of the CLI in the stack's folder, where Terraform runs. */
const CLI = "bin/milvus-onprem";

/**
 * After the cluster is formed, and after every change of it, inserts and searches vectors through each peer's load balancer.
 * `cdktf deploy` fails when this does, and tries again the next time.
 *
 * The machine that runs Terraform starts it with `milvus-onprem smoke` over SSH on the first peer that can be reached by key
 * file or agent; keys and passwords that are given as values never stand on a command line.
 */
export class SmokeTest extends Construct implements ITerraformDependable {
  private readonly resource: NullResource;

  /** @param scope the MilvusCluster, or a construct below it */
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const cluster = MilvusCluster.of(this);
    this.resource = new NullResource(this, "Default", {
      dependsOn: [cluster],
      triggers: { cluster: cluster.id, generation: Token.asString(cluster.generation) },
      provisioners: [
        { type: "local-exec", command: Lazy.stringValue({ produce: () => commandFor(cluster) ?? "" }) },
      ],
    });
    addProviderWhenMissing(this, "null", (stack) => new NullProvider(stack, "cdktf-milvus-onprem-null"));
    addCustomSynthesis(this, { onSynthesize: (session) => this.placeCli(session) });
    this.node.addValidation({ validate: () => this.validate(cluster) });
  }

  /** Address of the null_resource in Terraform, for `dependsOn`. */
  public get fqn(): string {
    return this.resource.fqn;
  }

  private placeCli(session: ISynthesisSession): void {
    const { workingDirectory } = session.manifest.forStack(TerraformStack.of(this));
    writeProgram(join(session.outdir, workingDirectory, CLI), readFileSync(builtProgram("milvus-onprem")));
  }

  private validate(cluster: MilvusCluster): string[] {
    if (cluster.peers.length === 0 || commandFor(cluster) !== undefined) return [];
    return [
      "no peer can be reached from a command line, which takes neither secrets nor a jump host; give one peer ssh.privateKeyFile without a passphrase or ssh.agent, or leave the SmokeTest out",
    ];
  }
}

function commandFor(cluster: MilvusCluster): string | undefined {
  return smokeCommand(`./${CLI}`, cluster.peers);
}
