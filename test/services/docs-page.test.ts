/** The API's page in a real browser: it renders, loads nothing from anywhere else, and an operation can be tried with a token. */
import { chromium, type Browser, type Page } from "playwright-core";
import { listen } from "../../lib/daemon/api/listen";
import { createCa, issuePeerCert } from "../../lib/pki";
import { quietApp, TOKEN } from "../unit/daemon/api-support";
import { freePort } from "../support/free-port";

jest.setTimeout(120_000);

let browser: Browser;
let page: Page;
let close: () => Promise<void>;
let origin: string;
const problems: string[] = [];
const asked: string[] = [];

beforeAll(async () => {
  const ca = await createCa("vectors");
  const { certPem, keyPem } = await issuePeerCert(ca, { name: "peer-1", address: "127.0.0.1", days: 1 });
  const port = await freePort();
  const tls = { ca: ca.certPem, cert: certPem, key: keyPem };
  close = await listen({ ...quietApp(), tls, addresses: ["127.0.0.1"], port });
  origin = `https://127.0.0.1:${port}`;
  // Without a sandbox, for the tests run as root; it is shown nothing but our own page.
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 } });
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${origin}/docs`);
});

afterAll(async () => {
  await browser?.close();
  await close?.();
});

test("the page lists every operation", async () => {
  await page.getByText("Every peer and component").first().waitFor();
  const document = (await (await page.request.get(`${origin}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { summary: string }>>;
  };
  const text = await page.locator("rapi-doc").evaluate((e) => e.shadowRoot!.textContent ?? "");
  for (const { summary } of Object.values(document.paths).flatMap((p) => Object.values(p))) {
    expect(text).toContain(summary);
  }
});

test("an operation is refused without a token, and answers with one", async () => {
  await page.goto(`${origin}/docs#get-/status`);
  expect(await tryIt()).toBe(401);
  await page.goto(`${origin}/docs#auth`);
  await page.locator("input[placeholder='api-token'], input.api-key-input").first().fill(TOKEN);
  await page.getByRole("button", { name: "SET" }).first().click();
  await page.evaluate('location.hash = "#get-/status"');
  expect(await tryIt()).toBe(200);
  await page.getByText('"unformed"').first().waitFor();
});

test("the page breaks no rule of its policy and asks nobody else", () => {
  // The refused try above is what the browser itself notes.
  expect(problems.filter((p) => !/status of 401/.test(p))).toEqual([]);
  expect(asked.filter((url) => !url.startsWith(origin) && !/^(data|blob):/.test(url))).toEqual([]);
});

/** Presses TRY; returns the status of the answer. */
async function tryIt(): Promise<number> {
  const button = page.getByRole("button", { name: "TRY" }).first();
  await button.waitFor();
  const answer = page.waitForResponse((r) => new URL(r.url()).pathname === "/status");
  await button.click();
  return (await answer).status();
}
