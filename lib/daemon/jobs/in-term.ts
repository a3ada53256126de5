import { NotLeader, type Records } from "../store/records";

/**
 * Records whose commits end with one term. Without it, a peer that has lost and won an election in between would write what
 * belongs to its earlier term under the fence of its new one.
 */
export function inTerm(records: Records, term: string, current: () => string | undefined): Records {
  return {
    get cached() {
      return records.cached;
    },
    get trouble() {
      return records.trouble;
    },
    read: () => records.read(),
    onChange: (listener) => records.onChange(listener),
    commit: async (changes) => {
      if (current() !== term) throw new NotLeader(`term ${term} of this peer has ended; nothing was written`);
      return records.commit(changes);
    },
    announce: (record) => records.announce(record),
    jobLog: (id, after) => records.jobLog(id, after),
    followJobLog: (id, after, onLine) => records.followJobLog(id, after, onLine),
  };
}
