import { Cached } from "../../status/cached";
import { collect, type Sources } from "../../metrics/collect";
import { METRICS_TYPE, metricsText } from "../../metrics/text";
import { route, type Route } from "../route";

/** Two Prometheus servers that scrape the same peer cost one look. */
const FRESH_MS = 1_000;

export function metricsRoutes(sources: Sources): Route[] {
  const look = async (): Promise<string> => metricsText(await collect(sources));
  const text = new Cached(look, { freshMs: FRESH_MS, staleMs: FRESH_MS });
  return [
    route({
      method: "GET",
      path: "/metrics",
      summary: "Metrics of this peer, for Prometheus",
      tag: "peer",
      access: "member",
      replies: { 200: { description: "Text format, version 0.0.4", contentType: METRICS_TYPE } },
      handle: async () => ({ body: await text.get() }),
    }),
  ];
}
