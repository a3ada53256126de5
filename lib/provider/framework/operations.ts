import type { WireDiagnostic } from "../protocol/messages";
import type { Codec } from "./codec";
import { Diagnostics, wireDiagnostic } from "./diagnostics";
import { failures } from "./failures";
import type { Context } from "./resource";

/** Runs what resources do: gives each its context, turns what it throws into diagnostics, and cancels all at once. */
export class Operations {
  readonly #controller = new AbortController();

  /** Terraform cancels a provider for good: what starts later is cancelled, too. */
  cancel(): void {
    this.#controller.abort(new Error("interrupted"));
  }

  /** `fallback` is the answer when the work fails or reports an error. */
  async run<R extends object>(
    o: { name: string; codec: Codec; private?: Record<string, unknown>; fallback: R },
    work: (context: Context) => Promise<R>,
  ): Promise<R & { diagnostics: WireDiagnostic[] }> {
    const diagnostics = new Diagnostics();
    const context = { diagnostics, signal: this.#controller.signal, private: o.private ?? {} };
    const result = await work(context).catch((error: unknown) => {
      diagnostics.add(...failures(error, o.name));
      return o.fallback;
    });
    const items = diagnostics.items.map((d) => wireDiagnostic(d, o.codec.type));
    return { ...(diagnostics.hasErrors ? o.fallback : result), diagnostics: items };
  }
}
