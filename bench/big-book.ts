/**
 * npx node bench/big-book.ts: every GET route of the API, with its filters, on a book of 1,000,000 events,
 * 25,533 products and 300,000 reservations, and on an almost empty one; the search index is made of it. Prints the rows that
 * D1 itself says it read for a request, the index's included, and the median time, as a table. What the OpenAPI document has and no case asks for is an
 * error.
 */
import { mkdtempDisposableSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { reservation } from "../scripts/answers.ts";
import { logProgress } from "../scripts/progress.ts";
import { CASES } from "./big-book-cases.ts";
import { fillBook, type Sizes } from "./big-book-fill.ts";
import { buildEntry, type Bundle } from "./build.ts";
import { ADMIN_KEY } from "./keys.ts";
import { table } from "./report.ts";
import { rebuildIndex } from "./search-index.ts";
import { startHoldfast, type Holdfast } from "./stage.ts";
import { median } from "./statistics.ts";

const BIG = { events: 1_000_000, products: 25_533, reservations: 300_000, prices: 20_000 };
const SMALL = { events: 100, products: 10, reservations: 60, prices: 20 };
const TIMES = 7;

/** What an answer to a question has. */
interface Row {
  route: string;
  status: number;
  rowsRead: number;
  ms: number;
  items: string;
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
const small = await measure("small", bundle, SMALL);
const big = await measure("big", bundle, BIG);
const head = [
  "route",
  "status",
  "items",
  "rows read, almost empty",
  "rows read, big",
  "ms, almost empty",
  "ms, big",
];
const rows = big.map(({ route, status, items, rowsRead, ms }, index) => {
  const less = small[index];
  const numbers = [less?.rowsRead, rowsRead, less?.ms.toFixed(1), ms.toFixed(1)];
  return [`\`${route}\``, String(status), items, ...numbers.map(String)];
});
process.stdout.write(`${table(head, rows)}\n`);

async function measure(name: string, worker: Bundle, sizes: Sizes): Promise<Row[]> {
  await using holdfast = await startHoldfast(name, worker, { quiet: true });
  const startedAt = performance.now();
  await fillBook(holdfast.book.database, sizes);
  logProgress(`the ${name} book is filled in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  logProgress(`${await rebuildIndex(holdfast)} products are indexed`);
  const made = await makeSome(holdfast);
  const known = { ...made, middle: String(sizes.events / 2), end: String(sizes.events - 50) };
  const measured: Row[] = [];
  for (const path of routesOf()) {
    for (const asked of CASES[path] ?? []) {
      const route = asked.startsWith("!") ? asked.slice(1) : path + asked;
      measured.push(await ask(route, new URL(filled(route, known), holdfast.server.url)));
    }
  }
  return measured;
}

/** With the names in it replaced by what they stand for. */
function filled(route: string, known: Record<string, string>): string {
  return route.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(known[name] ?? name));
}

function routesOf(): string[] {
  const document = join(import.meta.dirname, "..", "docs", "openapi.json");
  const { paths } = openApi.parse(JSON.parse(readFileSync(document, "utf8")));
  const listed = Object.keys(paths).filter((path) => paths[path]?.["get"]);
  const missing = listed.filter((path) => !CASES[path]);
  if (missing.length > 0) throw new Error(`no case asks for ${missing.join(", ")}`);
  return Object.keys(CASES).filter((path) => listed.includes(path));
}

/** The most rows of several tries, and their median time. */
async function ask(route: string, url: URL): Promise<Row> {
  const isLive = /\/live(\?|$)/.test(route);
  const headers = { "X-API-Key": ADMIN_KEY, ...(isLive && { Accept: "text/event-stream" }) };
  const times: number[] = [];
  const row = { route, status: 0, rowsRead: 0, ms: 0, items: "" };
  for (let n = 0; n < TIMES; n += 1) {
    const startedAt = performance.now();
    const answer = await fetch(url, { headers });
    const text = await answer.text();
    times.push(performance.now() - startedAt);
    row.status = answer.status;
    row.items = answer.headers.get("Content-Type")?.startsWith("application/json") ? itemsOf(text) : "";
    row.rowsRead = Math.max(row.rowsRead, Number(answer.headers.get("Bench-Rows-Read")));
  }
  return { ...row, ms: median(times) };
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
