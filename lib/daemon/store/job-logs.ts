import type { JobLogLine } from "../../api/wire";
import type { ClusterKeys } from "../keys";
import type { KeyedValue, Store } from "../ports/store";
import { Feed } from "./feed";
import { Parser } from "./parse";
import { jobLogLine } from "./schemas";

/** Logs of jobs: read when somebody wants one, for no daemon keeps them in memory. */
export class JobLogs {
  private readonly feeds = new Set<Feed>();

  constructor(
    private readonly store: Store,
    private readonly keys: ClusterKeys,
    private readonly onCorrupt: (sentence: string) => void,
  ) {}

  async read(id: string, after: number): Promise<JobLogLine[]> {
    return behind(after, (await this.store.range(this.keys.jobLog(id))).entries, this.parser());
  }

  follow(id: string, after: number, onLine: (line: JobLogLine) => void): () => void {
    const parser = this.parser();
    let last = after;
    const tell = (entries: readonly KeyedValue[]): void => {
      for (const line of behind(last, entries, parser)) {
        last = line.seq;
        onLine(line);
      }
    };
    const { store } = this;
    const prefix = this.keys.jobLog(id);
    const feed = new Feed({ store, prefix, onRange: ({ entries }) => tell(entries), onChange: tell });
    this.feeds.add(feed);
    feed.start();
    return () => {
      this.feeds.delete(feed);
      void feed.stop();
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.feeds].map((feed) => feed.stop()));
    this.feeds.clear();
  }

  private parser(): Parser {
    return new Parser(this.onCorrupt);
  }
}

function behind(after: number, entries: readonly KeyedValue[], parser: Parser): JobLogLine[] {
  const lines = entries.flatMap((entry) => parser.parse<JobLogLine>(entry, jobLogLine)?.value ?? []);
  return lines.filter((line) => line.seq > after).sort((a, b) => a.seq - b.seq);
}
