import { spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { App, TerraformOutput, TerraformStack } from "cdktf";
import {
  MilvusCluster,
  MilvusVersion,
  MinioWidePool,
  Peer,
  PulsarSingleton,
  type MilvusClusterProps,
} from "../../constructs";
import type { RoleName } from "../../lib/spec/spec";
import type { DataCentre } from "../../tools/data-centre";
import { ROOT } from "../../tools/exec";

export interface Outcome {
  code: number;
  /** Standard output and error together, without colours. */
  output: string;
}

export interface Variation {
  cluster?: Partial<MilvusClusterProps>;
  /** Which of the lab's VMs are peers, by number. */
  vms?: number[];
  /** Which of them are each pool. @default - all are one */
  pools?: number[][];
  /** The one that runs Pulsar. @default 2 */
  pulsarVm?: number;
  /** The one whose VM is lost for good. @default - none is */
  lostPulsarHost?: string;
  /** VM on which Pulsar begins by itself once its host has been gone for so many seconds. */
  pulsarFailover?: { vm: number; afterSeconds: number };
  /** What differs of peers, by VM number. */
  peers?: Record<number, { address?: string; ssh?: Record<string, unknown>; roles?: RoleName[] }>;
}

/** A cluster as an infra program describes it, driven by the real terraform in a folder of its own. */
export class Deployment {
  private constructor(
    readonly name: string,
    private readonly centre: DataCentre,
    private readonly root: string,
  ) {}

  static create(name: string, centre: DataCentre): Deployment {
    const root = join(ROOT, ".cache/test", name);
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
    return new Deployment(name, centre, root);
  }

  /** The same infrastructure in another working copy, with a state of its own from now on: that of a colleague. */
  fork(name: string): Deployment {
    const other = Deployment.create(name, this.centre);
    copyFileSync(this.stateFile, other.stateFile);
    return other;
  }

  get folder(): string {
    return join(this.root, "stacks", this.name);
  }

  get stateFile(): string {
    return join(this.root, "terraform.tfstate");
  }

  /** Attributes of the one resource of a type, as the state has them. */
  attributes(type: string): Record<string, unknown> {
    const state = JSON.parse(readFileSync(this.stateFile, "utf8")) as {
      resources: { type: string; instances: { attributes: Record<string, unknown> }[] }[];
    };
    return state.resources.find((r) => r.type === type)!.instances[0]!.attributes;
  }

  /** Writes the Terraform of a cluster on the lab's VMs and initialises the folder. */
  async synth(variation: Variation = {}): Promise<void> {
    const app = new App({ outdir: this.root, skipValidation: false });
    const stack = new TerraformStack(app, this.name);
    stack.addOverride("terraform.backend", { local: { path: this.stateFile } });
    this.compose(stack, variation);
    app.synth();
    await this.must("init", "-input=false", "-no-color");
  }

  plan(...args: string[]): Promise<Outcome> {
    return this.terraform("plan", "-input=false", "-no-color", ...args);
  }

  apply(...args: string[]): Promise<Outcome> {
    return this.terraform("apply", "-input=false", "-no-color", "-auto-approve", ...args);
  }

  destroy(): Promise<Outcome> {
    return this.terraform("destroy", "-input=false", "-no-color", "-auto-approve");
  }

  terraform(...args: string[]): Promise<Outcome> {
    return this.start(...args).outcome;
  }

  /** A terraform that is under way, for tests that interrupt it. Killing its process group takes the provider along. */
  start(...args: string[]): { child: ChildProcess; outcome: Promise<Outcome>; output: () => string } {
    const child = spawn("terraform", args, {
      cwd: this.folder,
      env: { ...process.env, ...this.centre.env },
      detached: true,
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const outcome = new Promise<Outcome>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? 1, output }));
    });
    return { child, outcome, output: () => output };
  }

  async must(...args: string[]): Promise<string> {
    const { code, output } = await this.terraform(...args);
    if (code !== 0) throw new Error(`terraform ${args.join(" ")} failed:\n${output}`);
    return output;
  }

  /** One output's value; sensitive ones too. */
  async output<T = string>(name: string): Promise<T> {
    return JSON.parse(await this.must("output", "-json", name)) as T;
  }

  private compose(
    stack: TerraformStack,
    {
      cluster: props,
      vms = [1, 2, 3],
      pools = [vms],
      pulsarVm = 2,
      lostPulsarHost: lostHost,
      pulsarFailover: failover,
      peers = {},
    }: Variation,
  ): void {
    const { lab, inventory } = this.centre;
    const { registry, images } = JSON.parse(readFileSync(inventory, "utf8")) as {
      registry: string;
      images: object;
    };
    const version = MilvusVersion.of("v2.3.5");
    const cluster = new MilvusCluster(stack, "vectors", { version, registry, images, ...props });
    const members = vms.map((number) => {
      const vm = lab.vm(number);
      const { address = vm.address, ssh, roles } = peers[number] ?? {};
      const login = {
        user: vm.user,
        privateKeyFile: vm.privateKeyFile,
        hostKey: vm.hostKey,
        timeoutSeconds: 20,
        ...ssh,
      };
      return new Peer(cluster, `peer-${number}`, { address, ssh: login, roles });
    });
    pools.forEach((pool, i) => {
      const of = members.filter((_, member) => pool.includes(vms[member]!));
      new MinioWidePool(cluster, i === 0 ? "storage" : `storage-${i + 1}`, { peers: of, drivesPerPeer: 4 });
    });
    const onVm = (vm: number): Peer => members[vms.indexOf(vm)]!;
    new PulsarSingleton(cluster, "pulsar", {
      ...{ host: onVm(pulsarVm), lostHost },
      failover: failover && { host: onVm(failover.vm), afterSeconds: failover.afterSeconds },
    });
    const outputs = { endpoint: cluster.endpoint, endpoints: cluster.endpoints };
    for (const [id, value] of Object.entries(outputs))
      new TerraformOutput(stack, id, { value, staticId: true });
    new TerraformOutput(stack, "rootPassword", {
      value: cluster.rootPassword,
      sensitive: true,
      staticId: true,
    });
  }
}
