import type { Lab, Vm } from "../../lab";
import { DaemonClient } from "../../lib/api/client";
import type { Job } from "../../lib/api/wire";
import { connectTcp } from "../../lib/daemon/peers";
import type { Deployment } from "./deployment";
import { eventually } from "./eventually";
import { onPeer } from "./peers";

/** The daemons of a deployed cluster, asked as a tool outside would: by address, with the token. */
export class Daemons {
  constructor(
    private readonly lab: Lab,
    private readonly deployment: Deployment,
  ) {}

  /** Client of one VM's daemon; it follows to the leader. */
  of(vm: Vm, o: { token?: string; timeoutMs?: number } = {}): DaemonClient {
    const { ca_cert_pem, token } = this.deployment.attributes("milvus_credentials");
    return new DaemonClient({
      caPem: ca_cert_pem as string,
      servername: vm.address,
      token: o.token ?? (token as string),
      timeoutMs: o.timeoutMs ?? 5_000,
      connect: () => connectTcp(vm.address, 19500),
      connectTo: connectTcp,
    });
  }

  /** The VM whose daemon leads, once the given ones agree on one. */
  async leader(among: readonly Vm[] = this.lab.vms, not?: Vm): Promise<Vm> {
    let found: Vm | undefined;
    await eventually("the peers agree on a leader", 60_000, async () => {
      const names = await Promise.all(
        among.map((vm) =>
          this.of(vm, { timeoutMs: 2_000 })
            .leader()
            .then((l) => l.leader?.address),
        ),
      );
      found = this.lab.vms.find((vm) => vm.address === names[0]);
      return names.every((name) => name === names[0]) && found !== undefined && found.index !== not?.index;
    });
    return found!;
  }

  /** Ends the daemon of a VM as a crash would; Docker starts it anew. */
  async crash(vm: Vm): Promise<void> {
    await onPeer(this.lab, vm.index, "kill -9 $(docker inspect -f '{{.State.Pid}}' milvus-onprem)");
  }

  /** The job once it has ended, asked of any of the VMs. */
  async ended(id: string, among: readonly Vm[], deadlineMs = 120_000): Promise<Job> {
    let job: Job | undefined;
    await eventually(`job ${id} has ended`, deadlineMs, async () => {
      job = await Promise.any(among.map((vm) => this.of(vm).jobs.get(id)));
      return job.endedAt !== undefined;
    });
    return job!;
  }
}
