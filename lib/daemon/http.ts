import * as http from "node:http";
import * as https from "node:https";
import type { Http, HttpAnswer } from "./ports/runtime";

const BODY_LIMIT = 1 << 20;

/** Health endpoints of the components. */
export class HttpProbe implements Http {
  constructor(private readonly tls: { ca: string; cert: string; key: string }) {}

  get(url: string, timeoutMs: number): Promise<HttpAnswer> {
    const signal = AbortSignal.timeout(timeoutMs);
    return new Promise((resolve, reject) => {
      const receive = (response: http.IncomingMessage): void => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (body = (body + chunk).slice(0, BODY_LIMIT)));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      };
      const request = url.startsWith("https:")
        ? https.get(url, { ...this.tls, agent: false, signal }, receive)
        : http.get(url, { agent: false, signal }, receive);
      request.on("error", (error) =>
        reject(signal.aborted ? new Error(`no answer in ${timeoutMs} ms`) : error),
      );
    });
  }
}
