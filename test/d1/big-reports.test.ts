/** What reports read and write of a busy book: D1's own counts. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { rankProducts, readSeries, sumsOfProducts } from "../../src/d1/reports";
import { addToSums } from "../../src/d1/report-sums";
import { windowSpan } from "../../src/domain/report";
import { MAX_SERIES_PAGE, REPORT_STEP_EVENTS } from "../../src/limits/reports";
import { counted, fillEvents } from "./counted-book";

const HOUR_MS = 3_600_000;
const NOW = Date.parse("2026-11-21T12:30:00.000Z");
const PRODUCTS = 2000;
const HOURS = 100;

beforeAll(async () => {
  // A row for each product and hour, the oldest first.
  await env.BOOK.prepare(
    `INSERT INTO report_sums
     WITH RECURSIVE n (v) AS (SELECT 0 UNION ALL SELECT v + 1 FROM n WHERE v + 1 < ?1)
     SELECT 3600000, ?2 - 3600000 * (v / ${PRODUCTS}), printf('P%05d', v % ${PRODUCTS}), v % 97 + 1, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, ?2, ?2
     FROM n`,
  )
    .bind(PRODUCTS * HOURS, NOW - (NOW % HOUR_MS))
    .run();
});

describe("rows read", () => {
  const span = windowSpan("24h", NOW);

  it("a ranking reads its window once, however long the history, and a page of it no more than all", async () => {
    const query = { span, sort: "sold", limit: 51 } as const;
    const { answer, rowsRead } = await counted((book) => rankProducts(book, query));
    expect(answer.rows).toHaveLength(51);
    const last = answer.rows.at(-1);
    // The window, in and out of the sorting by product, and the page with its names.
    const most = 2 * 25 * PRODUCTS + 2 * PRODUCTS + 60 * 25 * 4;
    expect(rowsRead).toBeLessThan(most);
    const after = { units: last?.sold.units ?? 0, productId: last?.productId ?? "" };
    const further = await counted((book) => rankProducts(book, { ...query, after }));
    expect(further.rowsRead).toBeLessThan(most);
    expect(further.answer.rows[0]?.sold.units).toBeLessThanOrEqual(after.units);
  });

  it("named products and series read a row per stretch that is asked for", async () => {
    const productIds = Array.from({ length: 50 }, (_, at) => `P${String(at).padStart(5, "0")}`);
    const named = await counted((book) => sumsOfProducts(book, span, productIds));
    expect(named.answer.rows.every(({ held }) => held.count === 25)).toBe(true);
    expect(named.rowsRead).toBeLessThan(4 * 25 * 50 + 500);
    await env.BOOK.prepare(
      `INSERT INTO products (product_id, kind, name, status, tags, attributes, minimum_stock_level, availability, on_hand,
         reserved, available, on_shelf, levels, version, catalog_version, created_at_ms, updated_at_ms, stock_updated_at_ms, deleted)
       VALUES ('P00001', 'item', 'One', 'active', '[]', '{}', 0, 'in_stock', 0, 0, 0, 0, '[]', 1, 1, 1, 1, 1, 0)`,
    ).run();
    const starts = Array.from({ length: MAX_SERIES_PAGE }, (_, at) => span.fromMs - at * HOUR_MS);
    const query = { productId: "P00001", interval: "hour", starts } as const;
    const { answer, rowsRead } = await counted((book) => readSeries(book, query));
    expect(answer?.points).toHaveLength(MAX_SERIES_PAGE);
    expect(answer?.points.filter(({ held }) => held.count === 1)).toHaveLength(HOURS - 24);
    expect(rowsRead).toBeLessThan(3 * MAX_SERIES_PAGE + 100);
  });
});

describe("adding up", () => {
  it("a step reads a bounded number of events, and nothing when there is nothing new", async () => {
    await fillEvents("busy", 3 * REPORT_STEP_EVENTS, {
      type: "'stock.adjusted'",
      movement: "'receipt'",
      data: "json_object('delta', 2)",
    });
    const step = () => counted((book) => addToSums(book, 0, 1));
    // Each event where it lies, and in and out of the parts and their order, for two grains.
    expect((await step()).rowsRead).toBeLessThan(12 * REPORT_STEP_EVENTS);
    await counted((book) => addToSums(book, 0, 10));
    expect((await step()).rowsRead).toBeLessThan(50);
  });
});
