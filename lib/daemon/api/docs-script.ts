import { readFile } from "node:fs/promises";

/** RapiDoc, which makes a page of the document, compressed. A bundle has it embedded: see tools/bundle.ts. */
export function docsScript(): Promise<Buffer> {
  return readFile(require.resolve("rapidoc/dist/rapidoc-min.js.gz"));
}
