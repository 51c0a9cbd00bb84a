/**
 * node bench/big-book.mjs: every GET route of the API, with its filters, on a book of 1,000,000 events, 25,533 products and
 * 300,000 reservations, and on an almost empty one. Prints the rows that D1 itself says it read for a request, and the median
 * time, as a table. What the OpenAPI document has and no case asks for is an error.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CASES } from "./big-book-cases.mjs";
import { fillBook } from "./big-book-fill.mjs";
import { buildEntry } from "./build.mjs";
import { progress } from "./progress.mjs";
import { ADMIN_KEY } from "./site.mjs";
import { startHoldfast } from "./stage.mjs";
import { median } from "./statistics.mjs";

const BIG = { events: 1_000_000, products: 25_533, reservations: 300_000 };
const SMALL = { events: 100, products: 10, reservations: 60 };
const TIMES = 7;
const HEADERS = { "X-API-Key": ADMIN_KEY, "Content-Type": "application/json" };

const scratch = mkdtempSync(join(tmpdir(), "holdfast-big-book-"));
try {
  const bundle = await buildEntry("row-reading-worker.ts", join(scratch, "worker"));
  const small = await measure("small", bundle, SMALL);
  const big = await measure("big", bundle, BIG);
  print(small, big);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** @typedef {{ route: string, status: number, rowsRead: number, ms: number, items: string }} Row */

/** @returns {Promise<Row[]>} */
async function measure(name, bundle, sizes) {
  const { site } = await startHoldfast(name, bundle, { quiet: true });
  try {
    const startedAt = performance.now();
    await fillBook(await site.miniflare.getD1Database("BOOK", site.name), sizes);
    progress(`the ${name} book is filled in ${Math.round((performance.now() - startedAt) / 1000)} s`);
    const known = { ...(await makeSome(site)), middle: sizes.events / 2, end: sizes.events - 50 };
    const rows = [];
    for (const path of await routesOf(site)) rows.push(...(await askAll(site, path, known)));
    return rows;
  } finally {
    await site.stop();
  }
}

async function routesOf(site) {
  const document = await (await fetch(new URL("/openapi.json", site.url))).json();
  const listed = Object.keys(document.paths).filter((path) => document.paths[path].get);
  const missing = listed.filter((path) => !CASES[path]);
  if (missing.length > 0) throw new Error(`no case asks for ${missing.join(", ")}`);
  return Object.keys(CASES).filter((path) => listed.includes(path) || path === "/openapi.json");
}

async function askAll(site, path, known) {
  const rows = [];
  for (const asked of CASES[path]) {
    const route = asked.startsWith("!") ? asked.slice(1) : path + asked;
    const url = new URL(
      route.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(known[name] ?? name)),
      site.url,
    );
    rows.push(await ask(route, url));
  }
  return rows;
}

/** The most rows of several tries, and their median time. */
async function ask(route, url) {
  const headers = /\/live(\?|$)/.test(route) ? { ...HEADERS, Accept: "text/event-stream" } : HEADERS;
  const tries = [];
  for (let n = 0; n < TIMES; n += 1) {
    const startedAt = performance.now();
    const answer = await fetch(url, { headers });
    const text = await answer.text();
    const ms = performance.now() - startedAt;
    const rowsRead = Number(answer.headers.get("Bench-Rows-Read"));
    tries.push({ ms, rowsRead, status: answer.status, items: itemsOf(text) });
  }
  const { status, items } = tries[0];
  return {
    route,
    status,
    items,
    rowsRead: Math.max(...tries.map((one) => one.rowsRead)),
    ms: median(tries.map(({ ms }) => ms)),
  };
}

/** How many it shows; a plus where there is a next page. */
function itemsOf(text) {
  try {
    const { items, nextCursor, events, hasMore } = JSON.parse(text);
    const shown = items ?? events;
    return shown ? `${shown.length}${nextCursor || hasMore ? "+" : ""}` : "";
  } catch {
    return "";
  }
}

/** Through the API: a product with holds, an order, a webhook. */
async function makeSome(site) {
  const post = async (path, body) => {
    const answer = await fetch(new URL(path, site.url), {
      method: "POST",
      headers: HEADERS,
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const productId = "made";
  await post("/v1/inventory", { productId, initialQuantity: 100 });
  const lines = [{ productId, quantity: 2 }];
  const { orderId } = await post("/v1/reservations", { orderId: "ORDER-1", lines });
  const { reservationId } = await post(`/v1/inventory/${productId}/reserve`, { quantity: 1 });
  const { webhookId } = await post("/v1/webhooks", {
    url: "https://hooks.example.com/",
    types: ["product.deleted"],
  });
  return { productId, orderId, reservationId, webhookId };
}

/** @param {Row[]} small @param {Row[]} big */
function print(small, big) {
  const lines = [
    "| route | status | items | rows read, almost empty | rows read, big | ms, almost empty | ms, big |",
    "| --- | --- | --- | ---: | ---: | ---: | ---: |",
    ...big.map((row, index) => {
      const less = small[index];
      const cells = [
        `\`${row.route}\``,
        row.status,
        row.items,
        less.rowsRead,
        row.rowsRead,
        less.ms.toFixed(1),
        row.ms.toFixed(1),
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
