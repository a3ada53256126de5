import * as http from "node:http";
import * as https from "node:https";
import type { Http, HttpAnswer, HttpRequest } from "./ports/runtime";

/** Answers are health reports and the like. */
const BODY_LIMIT = 4 << 20;

/** Health and admin endpoints of the components; without `tls`, those of others, whom public authorities vouch for. */
export class HttpClient implements Http {
  constructor(private readonly tls?: { ca: string; cert: string; key: string }) {}

  get(url: string, timeoutMs: number): Promise<HttpAnswer> {
    return this.send({ method: "GET", url, timeoutMs });
  }

  send({ method, url, headers, body, timeoutMs }: HttpRequest): Promise<HttpAnswer> {
    const signal = AbortSignal.timeout(timeoutMs);
    const options = { method, headers, agent: false, signal };
    return new Promise((resolve, reject) => {
      const receive = (response: http.IncomingMessage): void => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text = (text + chunk).slice(0, BODY_LIMIT)));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      };
      const request = url.startsWith("https:")
        ? https.request(url, { ...options, ...this.tls }, receive)
        : http.request(url, options, receive);
      request.on("error", (error) =>
        reject(signal.aborted ? new Error(`no answer in ${timeoutMs} ms`) : error),
      );
      request.end(body);
    });
  }
}
