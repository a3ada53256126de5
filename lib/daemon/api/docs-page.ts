export const SCRIPT_PATH = "/docs/rapidoc.js";

/** Nothing is loaded from, or sent to, anywhere but this daemon; RapiDoc writes its styles into the page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export const PAGE_HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/** The page to read the API and try it. It holds no data; a token that is typed in stays in the page's memory. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>milvus-onprem API</title>
    <style>body { margin: 0 }</style>
    <script src="${SCRIPT_PATH}" defer></script>
  </head>
  <body>
    <rapi-doc
      spec-url="/openapi.json"
      render-style="focused"
      theme="light"
      load-fonts="false"
      regular-font="system-ui, sans-serif"
      mono-font="ui-monospace, monospace"
      show-header="false"
      schema-style="table"
      allow-server-selection="false"
      allow-spec-url-load="false"
      allow-spec-file-load="false"
      persist-auth="false"
    ></rapi-doc>
    <noscript>This page needs JavaScript; the document itself is at /openapi.json.</noscript>
  </body>
</html>
`;
