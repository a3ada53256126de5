/**
 * A daemon's candidacy as a process of its own, so that it can be killed and paused as a daemon can. Told what to do by a line of
 * JSON on stdin, and tells what happens by lines of JSON on stdout. Ends with its stdin.
 */
import { createInterface } from "node:readline";
import { Election } from "../../lib/daemon/election";
import { EtcdStore, type EtcdMember } from "../../lib/daemon/etcd";
import type { EtcdTls } from "../../lib/daemon/store/etcd-member";

export interface CandidateStart {
  readonly name: string;
  readonly key: string;
  readonly ttlSeconds: number;
  readonly members: readonly EtcdMember[];
  readonly tls: EtcdTls;
}

export type CandidateOrder =
  | { readonly do: "stepDown" }
  /** A write as if the process had looked at its term before it was paused. */
  | { readonly do: "write"; readonly key: string; readonly term: string };

/** `acts`: it leads, and has made its first write. */
export type CandidateNews =
  { readonly acts: string } | { readonly wrote: boolean; readonly believesIn: string | null };

function tell(news: CandidateNews): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}

function run({
  name,
  key,
  ttlSeconds,
  members,
  tls,
}: CandidateStart): (order: CandidateOrder) => Promise<void> {
  const store = new EtcdStore({ tls, members, callTimeoutMs: 800 });
  const write = async (to: string, term: string): Promise<boolean> =>
    (await store.commit([{ key: to, value: name }], { leader: key, term })) !== undefined;
  const onChange = (sentence: string): void => {
    const term = / leads in term (\d+)/.exec(sentence)?.[1];
    if (term) void write(`${key}-acts`, term).then((done) => done && tell({ acts: term }));
  };
  const election = new Election({ store, key, candidate: name, ttlSeconds, onChange });
  election.start();
  return async (order) => {
    if (order.do === "stepDown") await election.stepDown();
    else tell({ wrote: await write(order.key, order.term), believesIn: election.term() ?? null });
  };
}

let obey: ((order: CandidateOrder) => Promise<void>) | undefined;
const orders = createInterface({ input: process.stdin });
orders.on("line", (line) => {
  if (obey) void obey(JSON.parse(line) as CandidateOrder);
  else obey = run(JSON.parse(line) as CandidateStart);
});
orders.on("close", () => process.exit(0));
