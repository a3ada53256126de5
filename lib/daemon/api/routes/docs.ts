import { route, type Route } from "../route";
import { z } from "zod";
import { DOCS_PAGE, PAGE_HEADERS, SCRIPT_PATH } from "../docs-page";
import { docsScript } from "../docs-script";
import { openApi } from "../openapi";

/** Routes, and three more that describe them all: the document, the page to read it and try it, and the page's program. */
export function withDocs(routes: readonly Route[]): Route[] {
  const all: Route[] = [...routes];
  all.push(documentRoute(all), pageRoute(), scriptRoute());
  return all;
}

const open = { method: "GET", tag: "cluster", access: "open" } as const;

function documentRoute(all: readonly Route[]): Route {
  let text: string | undefined;
  return route({
    ...open,
    path: "/openapi.json",
    summary: "This document",
    replies: {
      200: {
        description: "OpenAPI 3.1",
        schema: z.record(z.string(), z.unknown()),
        contentType: "application/json",
      },
    },
    handle: async () => ({ body: (text ??= JSON.stringify(openApi(all))) }),
  });
}

function pageRoute(): Route {
  return route({
    ...open,
    path: "/docs",
    summary: "A page to read and try this API",
    replies: { 200: { description: "The page", contentType: "text/html; charset=utf-8" } },
    handle: async () => ({ headers: PAGE_HEADERS, body: DOCS_PAGE }),
  });
}

function scriptRoute(): Route {
  return route({
    ...open,
    path: SCRIPT_PATH,
    summary: "The page's program",
    replies: { 200: { description: "JavaScript", contentType: "text/javascript; charset=utf-8" } },
    handle: async () => ({
      headers: { "content-encoding": "gzip", "cache-control": "max-age=86400" },
      body: await docsScript(),
    }),
  });
}
