import { quorumOf } from "../spec/etcd";
import { count } from "./summary";

/** "4 members, quorum of 3". */
export function membersText(members: number): string {
  return `${count(members, "member")}, quorum of ${quorumOf(members)}`;
}

/** "3 members, quorum of 2 → 4 members, quorum of 3". */
export function membersChange(before: number, after: number): string {
  return `${membersText(before)} → ${membersText(after)}`;
}
