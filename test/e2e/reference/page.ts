/**
 * The page at /docs in Chromium: it draws every operation, asks no other host for anything, breaks no rule of its policy, throws
 * nothing, sends a request that works, and keeps the key over a reload.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium, type Browser, type Page } from "playwright-core";
import { z } from "zod";

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1440, height: 900 };
const TIMEOUT_MS = 20_000;
const POLL_MS = 100;
const LANGUAGES = ["Shell", "Ruby", "Node.js", "PHP", "Python"];
/** Scalar's, in the field that a key is typed into. */
const KEY_FIELD = "QUxMIFlPVVIgQkFTRSBBUkUgQkVMT05HIFRPIFVT";
const OPERATION = "#tag/reservations/POST/v1/inventory/{productId}/reserve";

interface Visit {
  executablePath: string;
  url: string;
  key: string;
  /** Where screenshots go. */
  shots?: string | undefined;
}

export async function checkPage(visit: Visit): Promise<string[]> {
  const browser = await chromium.launch({ executablePath: visit.executablePath, args: ["--no-sandbox"] });
  try {
    const findings = await read(browser, visit);
    for (const scheme of ["light", "dark"] as const) {
      const context = await browser.newContext({ colorScheme: scheme, viewport: PHONE });
      const page = await context.newPage();
      const watched = await watch(page, visit.url);
      await page.goto(`${visit.url}/docs/`);
      await drawn(page);
      const width = z.number().parse(await page.evaluate("document.documentElement.scrollWidth"));
      if (width > PHONE.width) findings.push(`the page is ${width} px wide on a phone`);
      await shoot(page, visit, `phone-${scheme}`);
      findings.push(...watched());
      await context.close();
    }
    return findings;
  } finally {
    await browser.close();
  }
}

async function read(browser: Browser, visit: Visit): Promise<string[]> {
  const findings: string[] = [];
  const context = await browser.newContext({ colorScheme: "light", viewport: DESKTOP });
  const page = await context.newPage();
  const watched = await watch(page, visit.url);
  await page.goto(`${visit.url}/docs/`);
  await drawn(page);
  await shoot(page, visit, "desktop-light");
  for (const language of LANGUAGES)
    if ((await page.getByText(language, { exact: true }).count()) === 0) findings.push(`has no ${language}`);
  await typeKey(page, visit.key);
  const background = await backgroundOf(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.reload();
  await drawn(page);
  if ((await backgroundOf(page)) === background) findings.push("dark is as light");
  await shoot(page, visit, "desktop-dark");
  await page.goto(`${visit.url}/docs/${OPERATION}`);
  await page.reload();
  await drawn(page);
  await shoot(page, visit, "operation-dark");
  findings.push(...(await tryIt(page, visit)));
  findings.push(...watched());
  await context.close();
  return findings;
}

/** It is kept a moment after it was typed. */
async function typeKey(page: Page, key: string): Promise<void> {
  await page.getByPlaceholder(KEY_FIELD).first().fill(key);
  await page.keyboard.press("Tab");
  const kept = `JSON.stringify({ ...localStorage }).includes(${JSON.stringify(key)})`;
  const until = Date.now() + TIMEOUT_MS;
  // What would wait in the page itself is against its policy.
  while ((await page.evaluate(kept)) !== true) {
    if (Date.now() > until) throw new Error("the key is not kept");
    await sleep(POLL_MS);
  }
}

/** With the key that was typed before the page was loaded anew. */
async function tryIt(page: Page, visit: Visit): Promise<string[]> {
  await page
    .getByRole("button", { name: /^Test Request/ })
    .nth(1)
    .click();
  const answered = page.waitForResponse((response) => response.url().endsWith("/reserve"), {
    timeout: TIMEOUT_MS,
  });
  await page.getByRole("button", { name: /^Send/ }).first().click();
  const response = await answered;
  await shoot(page, visit, "tried-dark");
  const headers = await response.request().allHeaders();
  const key = headers["x-api-key"];
  const text = await response.text();
  if (response.status() === 201 && key === visit.key) return [];
  return [`trying a reserve with ${key} was answered ${response.status()}: ${text}`];
}

async function drawn(page: Page): Promise<void> {
  await page
    .getByRole("heading", { name: "Holdfast", exact: false })
    .first()
    .waitFor({ timeout: TIMEOUT_MS });
}

function backgroundOf(page: Page): Promise<unknown> {
  return page.evaluate("getComputedStyle(document.body).backgroundColor");
}

async function shoot(page: Page, { shots }: Visit, name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`) });
}

/** What the policy forbids and a library only tries is told in this way alone. */
const TELL_OF_VIOLATIONS = `addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  console.error("Content Security Policy:", violatedDirective, blockedURI))`;

/** Answers, when asked, what the page did that it must not. */
async function watch(page: Page, origin: string): Promise<() => string[]> {
  const findings: string[] = [];
  await page.addInitScript(TELL_OF_VIOLATIONS);
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) findings.push(`asks ${url}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) findings.push(`${response.url()} answered ${response.status()}`);
  });
  page.on("pageerror", (error) => findings.push(`throws ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || /Content Security Policy/i.test(message.text()))
      findings.push(`prints ${message.text()}`);
  });
  return () => [...new Set(findings)];
}
