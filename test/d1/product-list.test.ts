/** Lists over rows of their own: every match once, in order, whatever the sort and the size of the page. */
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { beforeAll, describe, expect, it } from "vitest";
import { BadCursor } from "../../src/d1/page";
import { listProducts, type ProductQuery } from "../../src/d1/product-list";
import { PRODUCT_SORTS } from "../../src/d1/product-order";
import { products } from "../../src/d1/schema";

type Row = typeof products.$inferInsert;

function row(productId: string, more: Partial<Row> = {}): Row {
  return {
    productId,
    kind: "set",
    name: productId,
    status: "active",
    tags: "[]",
    attributes: "{}",
    minimumStockLevel: 0,
    availability: "in_stock",
    onHand: 0,
    reserved: 0,
    available: 0,
    onShelf: 0,
    levels: '[{"locationId":"main","onHand":0,"reserved":0,"safetyStock":0,"backorderLimit":0}]',
    version: 1,
    catalogVersion: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
    stockUpdatedAtMs: 0,
    deleted: false,
    ...more,
  };
}

function priced(amount: string): Partial<Row> {
  return { priceAmount: amount, priceCurrency: "USD", priceValue: Number(amount) };
}

const ROWS: Row[] = [
  row("a", { ...priced("10.00"), name: "Zebra", createdAtMs: 3 }),
  row("b", { ...priced("2.50"), name: "ant", createdAtMs: 3, tags: '["ucs","old"]' }),
  row("c", { name: "Ant", createdAtMs: 1, attributes: '{"year":2017,"theme":"Star Wars","retired":true}' }),
  row("d", { ...priced("10.00"), name: "Ant", createdAtMs: 2, attributes: '{"year":"2017"}', kind: "asset" }),
  row("e", {
    name: "Émile",
    createdAtMs: 2,
    barcode: "0012",
    status: "inactive",
    availability: "unavailable",
  }),
  row("f", { ...priced("0.00"), name: "Zebra", createdAtMs: 1, attributes: '{"year":2018,"a b.c":"x"}' }),
  row("g", { name: "ant", createdAtMs: 3, levels: '[{"locationId":"east","onHand":1,"reserved":0}]' }),
  row("gone", { ...priced("1.00"), deleted: true, tags: '["ucs"]', barcode: "0012" }),
];

beforeAll(async () => {
  await drizzle(env.BOOK).insert(products).values(ROWS.slice(0, 2));
  for (const one of ROWS.slice(2)) await drizzle(env.BOOK).insert(products).values(one);
});

async function idsOf(query: Omit<ProductQuery, "limit" | "cursor">, limit: number): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await listProducts(env.BOOK, { ...query, limit, ...(cursor && { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items.map((state) => state.productId));
    cursor = page.nextCursor;
  }
  return found;
}

describe("sorted by", () => {
  it.each([
    [undefined, "abcdefg"],
    ["name", "cdafbge"],
    ["-name", "egbfadc"],
    ["price", "fbadceg"],
    ["-price", "dabfceg"],
    ["createdAt", "cfdeabg"],
    ["-createdAt", "gbaedfc"],
  ] as const)("%s the order is %s, in pages of any size", async (sort, order) => {
    for (const limit of [1, 2, 3, 4, 7, 100]) {
      expect((await idsOf(sort ? { sort } : {}, limit)).join(""), `pages of ${limit}`).toBe(order);
    }
  });
});

describe("narrowed by", () => {
  it.each<[Omit<ProductQuery, "limit">, string]>([
    [{ kind: "asset" }, "d"],
    [{ status: "inactive" }, "e"],
    [{ tag: "ucs" }, "b"],
    [{ tag: "uc" }, ""],
    [{ barcode: "0012" }, "e"],
    [{ availability: "unavailable" }, "e"],
    [{ minPrice: 2.5 }, "abd"],
    [{ maxPrice: 2.5 }, "bf"],
    [{ minPrice: 1, maxPrice: 9, sort: "-price" }, "b"],
    [{ locationId: "east" }, "g"],
    [{ attributes: { theme: "Star Wars" } }, "c"],
    [{ attributes: { year: "2017" } }, "cd"],
    [{ attributes: { year: "2017.0" } }, "c"],
    [{ attributes: { year: "2017", theme: "Star Wars" } }, "c"],
    [{ attributes: { retired: "true" } }, "c"],
    [{ attributes: { retired: "1" } }, ""],
    [{ attributes: { "a b.c": "x" } }, "f"],
    [{ attributes: { a: "x" } }, ""],
    [{ kind: "set", attributes: { year: "2017" } }, "c"],
  ])("%j there is %s", async (filter, ids) => {
    expect((await idsOf(filter, 2)).join("")).toBe(ids);
  });
});

describe("a cursor", () => {
  it("of one sort is refused by every other", async () => {
    const sorts = [undefined, ...PRODUCT_SORTS];
    for (const made of sorts) {
      const { nextCursor } = await listProducts(env.BOOK, { limit: 1, ...(made && { sort: made }) });
      for (const asked of sorts.filter((sort) => sort !== made)) {
        const query = { limit: 1, cursor: nextCursor ?? "", ...(asked && { sort: asked }) };
        await expect(listProducts(env.BOOK, query), `${made} used for ${asked}`).rejects.toThrow(BadCursor);
      }
    }
  });
});
