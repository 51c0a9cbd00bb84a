/**
 * Every GET route of the API, with its filters, asked of a big book and of an almost empty one by turns, the search index made of
 * each: the rows that D1 itself says it read for a request, the index's included, and the time. What the OpenAPI document has and
 * no case asks for is an error.
 */
import { cpSync, mkdtempDisposableSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { reservation } from "../scripts/answers.ts";
import { logProgress } from "../scripts/progress.ts";
import { CASES } from "./big-book-cases.ts";
import { BIG, FEW, fillBook, SMALL, type Sizes } from "./big-book-fill.ts";
import type { Bundle } from "./build.ts";
import { ADMIN_KEY } from "./keys.ts";
import { rebuildIndex } from "./search-index.ts";
import { startHoldfast, type Holdfast } from "./stage.ts";

const TIMES = 7;
const QUICK_TIMES = 3;
const POLL_MS = 200;
const METER_TIMEOUT_MS = 60_000;

export interface AskOptions {
  quick?: boolean;
  /** What `test/e2e/archive.ts --keep` left there is the big book. */
  state?: string | undefined;
}

/** Of the almost empty book, and of the big one. */
type Pair<T> = [T, T];

export interface Asked {
  request: string;
  status: number;
  /** How many the answer shows; undefined where it is no list. */
  items: Pair<number | undefined>;
  /** There is a next page of the big book. */
  more: boolean;
  /** The most of several tries. */
  rows: Pair<number>;
  /** The shortest: whatever else the machine does only adds to it. */
  ms: Pair<number>;
}

interface Seen {
  status: number;
  rowsRead: number;
  times: number[];
  items: number | undefined;
  more: boolean;
}

interface FilledBook {
  url: URL;
  /** What was made through the API, by name. */
  known: Record<string, string>;
}

const openApi = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });
const listAnswer = z.object({
  items: z.array(z.unknown()).optional(),
  nextCursor: z.string().nullish(),
  events: z.array(z.unknown()).optional(),
  hasMore: z.boolean().optional(),
});

/** `bundle`: of workers/row-reading.ts. */
export async function askBooks(bundle: Bundle, { quick, state }: AskOptions): Promise<Asked[]> {
  const requests = requestsOf();
  await using stack = new AsyncDisposableStack();
  const start = async (name: string, sizes: Sizes) =>
    filled(stack.use(await startHoldfast(name, bundle, { quiet: true })), sizes);
  const small = await start("small", SMALL);
  const big =
    state === undefined ? await start("big", quick ? FEW : BIG) : await openState(state, bundle, stack);
  for (const book of [small, big]) {
    await countedByMeter(book);
    await summedForReports(book);
  }
  const asked: Asked[] = [];
  for (const [index, request] of requests.entries()) {
    if (index % 20 === 0) logProgress(`B14: ${index} of ${requests.length} requests are measured`);
    asked.push(await askInTurn(request, [small, big], quick ? QUICK_TIMES : TIMES));
  }
  return asked;
}

async function filled(holdfast: Holdfast, sizes: Sizes): Promise<FilledBook> {
  await fillBook(holdfast.book.database, sizes);
  logProgress(`B14: ${await rebuildIndex(holdfast)} products are indexed`);
  const known = { middle: String(sizes.events / 2), end: String(sizes.events - 50) };
  return { url: holdfast.server.url, known: { ...(await makeSome(holdfast)), ...known } };
}

/** Until the meter has counted the events, which it does by itself: its reads would count as somebody's. */
async function countedByMeter({ url }: FilledBook): Promise<void> {
  const endsAt = performance.now() + METER_TIMEOUT_MS;
  while (performance.now() < endsAt) {
    const answer = await fetch(new URL("/metrics", url), { headers: { "X-API-Key": ADMIN_KEY } });
    const text = await answer.text();
    const [counted, newest] = ["counted", "newest"].map((name) =>
      Number(new RegExp(`^holdfast_book_${name}_offset (\\S+)`, "m").exec(text)?.[1]),
    );
    if (counted !== undefined && newest !== undefined && newest > 0 && counted >= newest) return;
    await sleep(POLL_MS);
  }
  throw new Error("the meter has not counted the events of the book");
}

/** Every report adds some of the events that are not in the sums yet; then it adds what has just come. */
async function summedForReports({ url }: FilledBook): Promise<void> {
  const headers = { "X-API-Key": ADMIN_KEY };
  const offsetOf = async (path: string) => {
    const answer = await fetch(new URL(path, url), { headers });
    await answer.body?.cancel();
    return Number(answer.headers.get("X-Book-Offset"));
  };
  const newest = await offsetOf("/v1/products?limit=1");
  for (let before = -1; before < newest;) {
    const summed = await offsetOf("/v1/reports/products");
    if (summed <= before) throw new Error(`the sums stay at ${summed} of ${newest}`);
    before = summed;
  }
}

/** A Worker on a copy of a book that is there. */
async function openState(from: string, bundle: Bundle, stack: AsyncDisposableStack): Promise<FilledBook> {
  const scratch = stack.use(mkdtempDisposableSync(join(tmpdir(), "holdfast-big-book-")));
  cpSync(from, scratch.path, { recursive: true });
  const holdfast = stack.use(await startHoldfast("holdfast", bundle, { quiet: true, state: scratch.path }));
  const newest = await holdfast.book.offset();
  logProgress(`${await rebuildIndex(holdfast)} products are indexed, the log ends at ${newest}`);
  const known = { middle: String(Math.floor(newest / 2)), end: String(newest - 50) };
  return { url: holdfast.server.url, known: { ...(await makeSome(holdfast)), ...known } };
}

/** Through the API: a product with holds, an order, a webhook. */
async function makeSome({ api }: Holdfast) {
  const productId = "made";
  const orderId = "ORDER-1";
  await api.call("POST /v1/inventory", { body: { productId, initialQuantity: 100 } });
  await api.call("POST /v1/reservations", { body: { orderId, lines: [{ productId, quantity: 2 }] } });
  const request = `POST /v1/inventory/${productId}/reserve`;
  const { reservationId } = await api.read(reservation, request, { body: { quantity: 1 } });
  const body = { url: "https://hooks.example.com/", types: ["product.deleted"] };
  const { webhookId } = await api.read(z.object({ webhookId: z.string() }), "POST /v1/webhooks", { body });
  return { productId, orderId, reservationId, webhookId };
}

/** With names in braces. */
function requestsOf(): string[] {
  const document = join(import.meta.dirname, "..", "docs", "openapi.json");
  const { paths } = openApi.parse(JSON.parse(readFileSync(document, "utf8")));
  const listed = Object.keys(paths).filter((path) => paths[path]?.["get"]);
  const missing = listed.filter((path) => !CASES[path]);
  if (missing.length > 0) throw new Error(`no case asks for ${missing.join(", ")}`);
  return Object.entries(CASES)
    .filter(([path]) => listed.includes(path))
    .flatMap(([path, all]) => all.map((one) => (one.startsWith("!") ? one.slice(1) : path + one)));
}

/** Both by turns, so that whatever else the machine does falls on both. */
async function askInTurn(request: string, books: Pair<FilledBook>, times: number): Promise<Asked> {
  const [less, more]: Pair<Seen> = [nothingSeen(), nothingSeen()];
  for (let n = 0; n < times; n += 1) {
    await ask(request, books[0], less);
    await ask(request, books[1], more);
  }
  return {
    request,
    status: more.status,
    items: [less.items, more.items],
    more: more.more,
    rows: [less.rowsRead, more.rowsRead],
    ms: [Math.min(...less.times), Math.min(...more.times)],
  };
}

function nothingSeen(): Seen {
  return { status: 0, rowsRead: 0, times: [], items: undefined, more: false };
}

/** Adds what was seen to `seen`. */
async function ask(request: string, { url, known }: FilledBook, seen: Seen): Promise<void> {
  const path = request.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(known[name] ?? name));
  const isLive = /\/live(\?|$)/.test(request);
  const headers = { "X-API-Key": ADMIN_KEY, ...(isLive && { Accept: "text/event-stream" }) };
  const startedAt = performance.now();
  const answer = await fetch(new URL(path, url), { headers });
  const text = await answer.text();
  seen.times.push(performance.now() - startedAt);
  seen.status = answer.status;
  Object.assign(seen, shownIn(text, answer.headers.get("Content-Type") ?? ""));
  seen.rowsRead = Math.max(seen.rowsRead, Number(answer.headers.get("Bench-Rows-Read")));
}

function shownIn(text: string, contentType: string): Pick<Seen, "items" | "more"> {
  if (contentType.startsWith("application/x-ndjson"))
    return { items: text.split("\n").length - 1, more: false };
  if (!contentType.startsWith("application/json")) return { items: undefined, more: false };
  const { data } = listAnswer.safeParse(JSON.parse(text));
  const more = Boolean(data?.nextCursor) || data?.hasMore === true;
  return { items: (data?.items ?? data?.events)?.length, more };
}
