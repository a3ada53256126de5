import type { Command } from "commander";
import { addEtcdQuorum } from "../rescue/etcd-quorum";
import { addNospace } from "../rescue/nospace";

/** What is wrong with etcd itself is no job's matter: jobs are kept in etcd. */
export function addRescue(program: Command): void {
  const rescue = program
    .command("rescue")
    .description("get etcd out of trouble that it does not get out of itself");
  addNospace(rescue);
  addEtcdQuorum(rescue);
}
