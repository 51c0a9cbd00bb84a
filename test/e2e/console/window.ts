/**
 * A browser, and windows of the console in it. What goes wrong in a window that its walk did not ask for is found: an error of
 * the page, a report of the content security policy, a request to somebody else, an error in the browser's console.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  chromium,
  devices,
  type Browser,
  type BrowserContextOptions,
  type ConsoleMessage,
  type Page,
} from "playwright-core";
import { PROJECT_DIRECTORY } from "../../../scripts/wrangler.ts";
import type { Test } from "../run-test.ts";

/** The page that asks the service for nothing when it is opened. */
export const NOTHING_ASKED = "/console/import";

const DESK = { viewport: { width: 1280, height: 860 } };
const { userAgent, deviceScaleFactor } = devices["Pixel 7"] ?? {};
export const LOOKS = {
  light: { ...DESK, colorScheme: "light" },
  dark: { ...DESK, colorScheme: "dark" },
  phone: {
    viewport: { width: 390, height: 844 },
    colorScheme: "light",
    isMobile: true,
    hasTouch: true,
    ...(userAgent !== undefined && { userAgent }),
    ...(deviceScaleFactor !== undefined && { deviceScaleFactor }),
  },
  calm: { ...DESK, colorScheme: "light", reducedMotion: "reduce" },
  forced: { ...DESK, colorScheme: "dark", forcedColors: "active" },
} satisfies Record<string, BrowserContextOptions>;
export type Look = keyof typeof LOOKS;

/** Beside what git keeps. */
export const PICTURES = join(PROJECT_DIRECTORY, "test", "e2e", "console", "pictures");

/** How long a page may take for anything; the machine may be busy. */
const PATIENCE_MS = 15_000;
/** Set for each page, since a report says more than the error that the browser prints for it. */
const REPORT_VIOLATIONS = `addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
  console.error("POLICY: " + violatedDirective + " " + blockedURI + " " + sample));`;

interface Failure {
  /** The end of the path, without what is asked. */
  path: RegExp;
  status: number;
}

export interface Window extends AsyncDisposable {
  readonly page: Page;
  readonly look: Look;
  /** What was found that nobody asked for; taken by whoever looks. */
  takeFindings(): string[];
  /** The walk asks for this failure, until the window closes. */
  allow(status: number, path: RegExp): void;
  /** While it is true no server is there, and the browser says so. */
  isCutOff: boolean;
}

export interface WindowOptions {
  look?: Look;
  /** Signs in with it; undefined: the walk does that. */
  key?: string | undefined;
  path?: string;
  viewport?: { width: number; height: number };
}

export interface Console {
  readonly test: Test;
  /** What its windows showed last is kept under this name. */
  readonly walk: string;
  open(options?: WindowOptions): Promise<Window>;
}

export function startBrowser(executablePath: string): Promise<Browser> {
  mkdirSync(PICTURES, { recursive: true });
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}

/** For one walk. */
export function consoleOf(test: Test, browser: Browser, walk: string): Console {
  const console: Console = { test, walk, open: (options) => openWindow(console, browser, options) };
  return console;
}

async function openWindow(
  { test, walk }: Console,
  browser: Browser,
  options: WindowOptions = {},
): Promise<Window> {
  const { look = "light", key, path = "/", viewport } = options;
  const { url } = test.server;
  const context = await browser.newContext({
    ...LOOKS[look],
    ...(viewport && { viewport }),
    baseURL: url,
    timezoneId: "UTC",
    locale: "en-GB",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript(REPORT_VIOLATIONS);
  const page = await context.newPage();
  const findings: string[] = [];
  const allowed: Failure[] = [];
  const window: Window = {
    page,
    look,
    isCutOff: false,
    takeFindings: () => findings.splice(0),
    allow: (status, path) => allowed.push({ status, path }),
    [Symbol.asyncDispose]: async () => {
      await page.screenshot({ path: join(PICTURES, "ends", `${walk}-${look}.png`) });
      await context.close();
      test.find(findings.splice(0).map((finding) => `${walk} (${look}) ${finding}`));
    },
  };
  const find = (finding: string) => findings.push(`${new URL(page.url()).pathname}: ${finding}`);
  page.on("pageerror", (error) => find(`the page failed: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !isAskedFor(message, window, allowed))
      find(message.text() + at(message));
  });
  context.on("request", (request) => {
    if (isElsewhere(request.url(), url)) find(`a request to ${request.url()}`);
  });
  page.on("websocket", (socket) => {
    if (isElsewhere(socket.url(), url.replace("http", "ws"))) find(`a socket to ${socket.url()}`);
  });
  await page.goto(path);
  if (key !== undefined) {
    await signIn(page, key);
    // What a page shows is loaded after the frame around it.
    await page.getByRole("main").getByRole("heading", { level: 1 }).waitFor();
  }
  return window;
}

export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("Key", { exact: true }).fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Key", { exact: true }).waitFor({ state: "detached" });
}

function isAskedFor(message: ConsoleMessage, { isCutOff }: Window, allowed: Failure[]): boolean {
  const text = message.text();
  if (isCutOff && /ERR_|WebSocket connection|Failed to fetch|was not answered/.test(text)) return true;
  // A socket is refused for the same reason, and says it in words.
  if (text.includes("HTTP Authentication failed")) return allowed.some(({ status }) => status === 401);
  const [, refusal] = /WebSocket.*Unexpected response code: (\d+)/.exec(text) ?? [];
  if (refusal !== undefined) return allowed.some(({ status }) => status === Number(refusal));
  const [, status] = /responded with a status of (\d+)/.exec(text) ?? [];
  if (status === undefined) return false;
  const { pathname } = new URL(message.location().url);
  return allowed.some((one) => one.status === Number(status) && one.path.test(pathname));
}

function at(message: ConsoleMessage): string {
  const { url } = message.location();
  return url === "" || message.text().includes(url) ? "" : ` (${url})`;
}

function isElsewhere(url: string, own: string): boolean {
  return !url.startsWith(`${own}/`) && !/^(data|blob):/.test(url);
}
