/** What the history of prices costs D1 to read and to keep, however long it is. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { dropOldPoints, listPrices } from "../../src/d1/price-points";
import { quotesOf, readQuoteFacts } from "../../src/d1/quotes";
import { priceOf } from "../../src/domain/record-quotes";
import { SCAN_WINDOW_POINTS } from "../../src/limits/quotes";
import { counted, fillProducts } from "./counted-book";

const NOW = Date.UTC(2026, 10, 21);

/** So many points a second apart, the newest of now, all of `source`. */
async function fillPoints(productId: string, count: number, source = "feed"): Promise<void> {
  await env.BOOK.prepare(
    `INSERT INTO price_points WITH RECURSIVE n (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < ?2)
     SELECT ?1, 1000, ?3 - v * 1000, ?4, 'USD', v || '.00', v || '.00', v || '.00', v || '.00', ?3 - v * 1000, ?3 - v * 1000
     FROM n`,
  )
    .bind(productId, count, NOW, source)
    .run();
}

const raw = { interval: "raw" as const, from: NOW - 40_000_000, to: NOW };

describe("the history of prices in D1", () => {
  it("a page reads its own points alone, wherever in the history it is", async () => {
    await fillProducts("long-", 1);
    await fillPoints("long-00001", 20_000);
    await fillPoints("long-00002", 1000);
    const query = { ...raw, productId: "long-00001", limit: 100 };
    const first = await counted((book) => listPrices(book, query, NOW));
    expect(first.answer?.items).toHaveLength(100);
    expect(first.rowsRead).toBeLessThan(250);
    const cursor = first.answer?.nextCursor ?? "";
    const next = await counted((book) => listPrices(book, { ...query, cursor }, NOW));
    expect(next.answer?.items[0]?.startMs).toBe((first.answer?.items.at(-1)?.startMs ?? 0) + 1000);
    expect(next.rowsRead).toBeLessThan(250);
    const late = { ...query, from: NOW - 50_000 };
    expect((await counted((book) => listPrices(book, late, NOW))).rowsRead).toBeLessThan(250);
  });

  it("a rare source is looked for in a bounded part, and the pages lead to it", async () => {
    await fillProducts("mixed-", 1);
    await fillPoints("mixed-00001", 2 * SCAN_WINDOW_POINTS + 10, "loud");
    await fillPoints("mixed-00001", 3, "rare");
    const query = { ...raw, productId: "mixed-00001", source: "rare", limit: 10 };
    const found: number[] = [];
    let pages = 0;
    for (let cursor: string | null | undefined; cursor !== null; pages += 1) {
      const asked = cursor === undefined ? query : { ...query, cursor };
      const { answer, rowsRead } = await counted((book) => listPrices(book, asked, NOW));
      expect(rowsRead).toBeLessThan(5 * SCAN_WINDOW_POINTS);
      found.push(...(answer?.items ?? []).map(({ startMs }) => startMs));
      cursor = answer?.nextCursor ?? null;
    }
    expect(found).toEqual([NOW - 3000, NOW - 2000, NOW - 1000]);
    expect(pages).toBe(3);
  });

  it("dropping what is old looks at nothing that is young", async () => {
    await fillPoints("young", 10_000);
    const productIds = Array.from({ length: 100 }, (_, index) => `none-${index}`);
    const drop = { productIds: [...productIds, "young"], nowMs: NOW, limit: 5000 };
    const { answer, rowsRead } = await counted((book) => dropOldPoints(book, drop));
    expect(answer).toBe(0);
    expect(rowsRead).toBeLessThan(1500);
  });

  it("what is known of a batch is looked up, not searched for", async () => {
    await fillProducts("busy-", 1);
    await fillPoints("busy-00001", 20_000);
    const price = (atMs: number) => {
      const given = { productId: "busy-00001", amount: "7", currency: "USD", source: "feed", atMs };
      const found = priceOf(given, NOW);
      if (typeof found === "string") expect.fail(found);
      return found;
    };
    const prices = [7, 8, 9].map((seconds) => price(NOW - seconds * 1000));
    const { answer, rowsRead } = await counted((book) => readQuoteFacts(book, prices));
    expect([...answer.known]).toEqual([prices[0]]);
    expect([...answer.newestByProduct]).toEqual([["busy-00001", null]]);
    expect(rowsRead).toBeLessThan(30);
  });

  it("quotes of a page are one question, and none for no products", async () => {
    expect(await quotesOf(env.BOOK, [])).toEqual(new Map());
    await env.BOOK.prepare(
      `INSERT INTO quotes WITH RECURSIVE n (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 1000)
       SELECT 'q' || v, v || '.00', 'USD', 'feed', v, NULL, NULL, NULL FROM n`,
    ).run();
    const { answer, rowsRead } = await counted((book) => quotesOf(book, ["q7", "q8", "unknown"]));
    expect([...answer.keys()].toSorted()).toEqual(["q7", "q8"]);
    expect(rowsRead).toBeLessThan(20);
  });
});
