import { quorumOf } from "../spec/etcd";
import { count } from "./summary";

/** "4 members, quorum of 3". */
export function membersText(members: number): string {
  return `${count(members, "member")}, quorum of ${quorumOf(members)}`;
}
