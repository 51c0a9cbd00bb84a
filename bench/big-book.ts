/**
 * npx node bench/big-book.ts [--state DIR]: every GET route of the API, with its filters, on a book of 1,000,000 events,
 * 25,533 products and 300,000 reservations (or on the one that test/e2e/archive.ts --keep left in DIR), and on an almost empty
 * one; the search index is made of it. Prints the rows that D1 itself says it read for a request, the index's included, and the
 * median time, as a table. What the OpenAPI document has and no case asks for is an error.
 */
import { cpSync, mkdtempDisposableSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { reservation } from "../scripts/answers.ts";
import { logProgress } from "../scripts/progress.ts";
import { CASES } from "./big-book-cases.ts";
import { fillBook, type Sizes } from "./big-book-fill.ts";
import { buildEntry } from "./build.ts";
import { ADMIN_KEY } from "./keys.ts";
import { table } from "./report.ts";
import { rebuildIndex } from "./search-index.ts";
import { startHoldfast, type Holdfast } from "./stage.ts";
import { median } from "./statistics.ts";

const BIG = { events: 1_000_000, products: 25_533, reservations: 300_000, prices: 20_000 };
const SMALL = { events: 100, products: 10, reservations: 60, prices: 20 };
const TIMES = 15;

/** What the answers to a question have. */
interface Row {
  status: number;
  rowsRead: number;
  /** Milliseconds of each. */
  times: number[];
  items: string;
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

using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-big-book-"));
const bundle = await buildEntry("row-reading", join(scratch.path, "worker"));
await using stack = new AsyncDisposableStack();
const { state } = parseArgs({ options: { state: { type: "string" } } }).values;
const small = await startBook("small", SMALL);
const big = await (state === undefined ? startBook("big", BIG) : openState(state));
const head = [
  "route",
  "status",
  "items",
  "rows read, almost empty",
  "rows read, big",
  "ms, almost empty",
  "ms, big",
];
const rows: string[][] = [];
for (const route of routesOf()) {
  const [less, more] = await askInTurn(route, [small, big]);
  const numbers = [
    less.rowsRead,
    more.rowsRead,
    median(less.times).toFixed(1),
    median(more.times).toFixed(1),
  ];
  rows.push([`\`${route}\``, String(more.status), more.items, ...numbers.map(String)]);
}
process.stdout.write(`${table(head, rows)}\n`);

/** A Worker with a book of that size. */
async function startBook(name: string, sizes: Sizes): Promise<FilledBook> {
  const holdfast = stack.use(await startHoldfast(name, bundle, { quiet: true }));
  const startedAt = performance.now();
  await fillBook(holdfast.book.database, sizes);
  logProgress(`the ${name} book is filled in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  logProgress(`${await rebuildIndex(holdfast)} products are indexed`);
  await sumEvents(holdfast, sizes.events);
  const made = await makeSome(holdfast);
  const known = { ...made, middle: String(sizes.events / 2), end: String(sizes.events - 50) };
  return { url: holdfast.server.url, known };
}

/** Every report adds some of the events that are not in the sums yet; after these a report adds what has just come. */
async function sumEvents({ server }: Holdfast, newest: number): Promise<void> {
  const url = new URL("/v1/reports/products", server.url);
  for (let seen = -1; seen < newest;) {
    const answer = await fetch(url, { headers: { "X-API-Key": ADMIN_KEY } });
    await answer.body?.cancel();
    const offset = Number(answer.headers.get("X-Book-Offset"));
    if (!answer.ok || offset <= seen) throw new Error(`the sums stay at ${offset}: ${answer.status}`);
    seen = offset;
  }
}

/** A Worker on a copy of a book that is there. */
async function openState(from: string): Promise<FilledBook> {
  const directory = join(scratch.path, "state");
  cpSync(from, directory, { recursive: true });
  const holdfast = stack.use(await startHoldfast("holdfast", bundle, { quiet: true, state: directory }));
  const newest = await holdfast.book.offset();
  logProgress(`${await rebuildIndex(holdfast)} products are indexed, the log ends at ${newest}`);
  await sumEvents(holdfast, newest);
  const made = await makeSome(holdfast);
  const known = { ...made, middle: String(Math.floor(newest / 2)), end: String(newest - 50) };
  return { url: holdfast.server.url, known };
}

/** With the names in it replaced by what they stand for. */
function filled(route: string, known: Record<string, string>): string {
  return route.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(known[name] ?? name));
}

/** All that is asked. */
function routesOf(): string[] {
  const document = join(import.meta.dirname, "..", "docs", "openapi.json");
  const { paths } = openApi.parse(JSON.parse(readFileSync(document, "utf8")));
  const listed = Object.keys(paths).filter((path) => paths[path]?.["get"]);
  const missing = listed.filter((path) => !CASES[path]);
  if (missing.length > 0) throw new Error(`no case asks for ${missing.join(", ")}`);
  return Object.entries(CASES)
    .filter(([path]) => listed.includes(path))
    .flatMap(([path, all]) => all.map((one) => (one.startsWith("!") ? one.slice(1) : path + one)));
}

/** Both by turns, so that whatever else the machine does falls on both. The most rows of several tries. */
async function askInTurn(route: string, [small, big]: [FilledBook, FilledBook]): Promise<[Row, Row]> {
  const answers: [Row, Row] = [newRow(), newRow()];
  for (let n = 0; n < TIMES; n += 1) {
    await ask(route, small, answers[0]);
    await ask(route, big, answers[1]);
  }
  return answers;
}

function newRow(): Row {
  return { status: 0, rowsRead: 0, times: [], items: "" };
}

/** Adds what was seen to `row`. */
async function ask(route: string, { url, known }: FilledBook, row: Row): Promise<void> {
  const isLive = /\/live(\?|$)/.test(route);
  const headers = { "X-API-Key": ADMIN_KEY, ...(isLive && { Accept: "text/event-stream" }) };
  const startedAt = performance.now();
  const answer = await fetch(new URL(filled(route, known), url), { headers });
  const text = await answer.text();
  row.times.push(performance.now() - startedAt);
  row.status = answer.status;
  row.items = answer.headers.get("Content-Type")?.startsWith("application/json") ? itemsOf(text) : "";
  row.rowsRead = Math.max(row.rowsRead, Number(answer.headers.get("Bench-Rows-Read")));
}

/** How many it shows; a plus where there is a next page. */
function itemsOf(text: string): string {
  const { data } = listAnswer.safeParse(JSON.parse(text));
  const shown = data?.items ?? data?.events;
  return shown ? `${shown.length}${data?.nextCursor || data?.hasMore ? "+" : ""}` : "";
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
