/** No list of products reads more rows because the catalog has grown: D1's own count. */
import { beforeAll, describe, expect, it } from "vitest";
import { listLowStock, type LowStockQuery } from "../../src/d1/low-stock";
import { listProducts, type ProductQuery } from "../../src/d1/product-list";
import { PRODUCT_SORTS } from "../../src/d1/product-order";
import { encodeCursor } from "../../src/d1/page";
import { MAX_SORTED_PRODUCTS, SCAN_WINDOW_PRODUCTS } from "../../src/limits";
import { counted, fillProducts } from "./counted-book";

const PRODUCTS = 22_000;
/** Of each number that this divides something is rare. */
const RARE = 7000;
const RARE_IDS = ["p07000", "p14000", "p21000"];
/**
 * A row looked at counts twice, as itself and on the way to the last of the window, and its levels or tags once; products with
 * and without a price are looked through one after the other.
 */
const MOST_OF_A_PAGE = 6 * SCAN_WINDOW_PRODUCTS + 500;

beforeAll(async () => {
  const rare = (value: string, usual: string) => `iif(v % ${RARE} = 0, ${value}, ${usual})`;
  await fillProducts("p", PRODUCTS, {
    kind: rare("'set'", "'item'"),
    tags: rare(`'["rare"]'`, `'[]'`),
    attributes: rare(`'{"theme":"Star Wars"}'`, "'{}'"),
    status: rare("'inactive'", "'active'"),
    availability: rare("'backorder'", "'in_stock'"),
    locationId: rare("'east'", "'main'"),
    barcode: `printf('b%05d', v)`,
    minimum: "30000",
  });
  await fillProducts("gone", 12_000, { deleted: "1", price: "NULL", barcode: `printf('b%05d', v)` });
});

async function every<Query extends { limit: number }>(
  list: (binding: D1Database, query: Query) => Promise<{ items: unknown[]; nextCursor: string | null }>,
  query: Query,
) {
  const found = { items: [] as unknown[], most: 0 };
  for (let cursor: string | null = ""; cursor !== null;) {
    const at: Query = cursor === "" ? query : { ...query, cursor };
    const { answer, rowsRead }: { answer: Awaited<ReturnType<typeof list>>; rowsRead: number } =
      await counted((binding) => list(binding, at));
    found.items.push(...answer.items);
    found.most = Math.max(found.most, rowsRead);
    cursor = answer.nextCursor;
  }
  return found;
}

const FILTERS: [Partial<ProductQuery>, string[]][] = [
  [{ kind: "set" }, RARE_IDS],
  [{ tag: "rare" }, RARE_IDS],
  [{ attributes: { theme: "Star Wars" } }, RARE_IDS],
  [{ status: "inactive" }, RARE_IDS],
  [{ locationId: "east" }, RARE_IDS],
  [{ kind: "set", tag: "rare", attributes: { theme: "Star Wars" } }, RARE_IDS],
  [{ kind: "nothing" }, []],
];

describe("the list of products", () => {
  const sorts = [undefined, ...PRODUCT_SORTS];
  const lists = [
    ...[...FILTERS, [{ availability: "backorder" }, RARE_IDS] as const].map(([query, ids]) => ({
      query,
      ids,
    })),
    ...PRODUCT_SORTS.map((sort) => ({
      query: { kind: "set", sort },
      ids: sort.startsWith("-") ? RARE_IDS.toReversed() : RARE_IDS,
    })),
  ];

  it.each(lists)("$query: a bounded number of rows a page, every match once", async ({ query, ids }) => {
    const { items, most } = await every(listProducts, { ...query, limit: 2 });
    expect(items).toMatchObject(ids.map((productId) => ({ productId })));
    expect(most).toBeLessThan(MOST_OF_A_PAGE);
  });

  it.each(sorts)("sorted by %s: a page reads a page, wherever it begins", async (sort) => {
    const of = { name: "name 12000", price: 12_000, createdAt: 12_000 };
    const value = of[(sort?.replace("-", "") ?? "name") as keyof typeof of];
    const middle = sort
      ? encodeCursor(sort, [value, "p12000", ""])
      : encodeCursor("productId", ["p12000", ""]);
    const query: ProductQuery = { limit: 50, cursor: middle, ...(sort && { sort }) };
    const { answer, rowsRead } = await counted((binding) => listProducts(binding, query));
    expect(answer.items[0]?.productId).toBe(sort?.startsWith("-") ? "p11999" : "p12001");
    expect(rowsRead).toBeLessThan(400);
  });

  it.each(sorts)(
    "sorted by %s: deleted products in between are passed over, some at a time",
    async (sort) => {
      let cursor: string | null = sort
        ? encodeCursor(
            sort,
            sort.includes("price") ? [null, "gone00000", ""] : [sort.includes("name") ? "" : 0, "", ""],
          )
        : encodeCursor("productId", ["gone00000", ""]);
      if (sort === "-name") cursor = encodeCursor(sort, ["z", "", ""]);
      if (sort === "-createdAt") cursor = encodeCursor(sort, [1e9, "", ""]);
      for (let page = 0; page < 4 && cursor !== null; page += 1) {
        const query: ProductQuery = { limit: 50, cursor, ...(sort && { sort }) };
        const { answer, rowsRead }: { answer: Awaited<ReturnType<typeof listProducts>>; rowsRead: number } =
          await counted((binding) => listProducts(binding, query));
        expect(rowsRead).toBeLessThan(MOST_OF_A_PAGE);
        expect(answer.items.every((one) => one.productId.startsWith("p"))).toBe(true);
        cursor = answer.nextCursor;
      }
    },
  );

  it.each<Partial<ProductQuery>>([
    { minPrice: 10_000, maxPrice: 10_099, sort: "price" },
    { minPrice: 10_000, maxPrice: 10_099, sort: "-price" },
  ])("%j: the index finds the range", async (query) => {
    const { items, most } = await every(listProducts, { ...query, limit: 20 } as ProductQuery);
    expect(items).toHaveLength(100);
    expect(most).toBeLessThan(200);
  });

  it.each<Partial<ProductQuery>>([
    { minPrice: 21_990, sort: "name" },
    { minPrice: 21_990 },
    { minPrice: 21_990, sort: "-createdAt" },
    { createdAfter: 21_989, sort: "-name" },
    { createdAfter: 21_989, sort: "createdAt" },
    { createdAfter: 21_989, sort: "-createdAt" },
    { updatedAfter: 21_989, sort: "-price" },
    { updatedAfter: 21_989, kind: "item", minPrice: 5 },
  ])("%j: a range that has few is read alone, and put in order", async (query) => {
    const all = await every(listProducts, { ...query, limit: 4 } as ProductQuery);
    const ids = all.items.map((item) => (item as { productId: string }).productId);
    const rising = Array.from({ length: 11 }, (_, n) => `p${21_990 + n}`);
    expect(ids).toEqual(query.sort?.startsWith("-") ? rising.toReversed() : rising);
    expect(all.most).toBeLessThan(MAX_SORTED_PRODUCTS + 100);
  });

  it.each<Partial<ProductQuery>>([
    { minPrice: 15_000, sort: "name" },
    { createdAfter: 15_000, sort: "-price" },
    { updatedAfter: 15_000 },
    { createdAfter: 15_000, sort: "createdAt" },
    { createdAfter: 15_000, sort: "-createdAt", cursor: encodeCursor("-createdAt", [15_010, "p15010", ""]) },
  ])("%j: of a range that has many a bounded number of rows is looked at a page", async (query) => {
    const all = await every(listProducts, { ...query, limit: 100 } as ProductQuery);
    expect(all.items.length).toBeGreaterThan(8);
    expect(all.most).toBeLessThan(MOST_OF_A_PAGE);
  });

  it.each(sorts)("by barcode, sorted by %s: the index finds it", async (sort) => {
    const query: ProductQuery = { barcode: "b12345", limit: 50, ...(sort && { sort }) };
    const { answer, rowsRead } = await counted((binding) => listProducts(binding, query));
    expect(answer.items).toMatchObject([{ productId: "p12345" }]);
    expect(rowsRead).toBeLessThan(50);
  });
});

describe("the list of low products", () => {
  it.each(FILTERS)("%j: a bounded number of rows a page, every match once", async (filter, ids) => {
    const { items, most } = await every(listLowStock, { ...filter, limit: 2 } as LowStockQuery);
    expect(items).toMatchObject(ids.map((productId) => ({ state: { productId } })));
    expect(most).toBeLessThan(MOST_OF_A_PAGE);
  });

  it("a page reads a page", async () => {
    const { answer } = await counted((binding) => listLowStock(binding, { limit: 50 }));
    const query: LowStockQuery = { limit: 50, cursor: answer.nextCursor ?? "" };
    const { answer: second, rowsRead } = await counted((binding) => listLowStock(binding, query));
    expect(second.items[0]).toMatchObject({ state: { productId: "p00051" } });
    expect(rowsRead).toBeLessThan(400);
  });
});
