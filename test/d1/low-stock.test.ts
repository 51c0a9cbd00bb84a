/** What the list of low products costs: no scan of the catalog, and rows written only for products that are low. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { listLowStock } from "../../src/d1/low-stock";

function insert(productId: string, onShelf: number) {
  return env.BOOK.prepare(
    `INSERT INTO products (product_id, kind, name, status, tags, attributes, minimum_stock_level, availability,
       on_hand, reserved, available, on_shelf, levels, version, catalog_version, created_at_ms, updated_at_ms,
       stock_updated_at_ms, deleted)
     VALUES (?1, 'item', ?1, 'active', '[]', '{}', 10, 'in_stock', 0, 0, 0, ?2, '[]', 1, 1, 0, 0, 0, 0)`,
  ).bind(productId, onShelf);
}

async function writtenBy(statement: string): Promise<number> {
  return (await env.BOOK.prepare(statement).run()).meta.rows_written;
}

describe("the list of low products", () => {
  it("reads what it shows, not the catalog", async () => {
    await env.BOOK.batch(Array.from({ length: 300 }, (_, index) => insert(`full-${index}`, 50)));
    await env.BOOK.batch(Array.from({ length: 30 }, (_, index) => insert(`low-${index}`, index % 7)));
    const sessions = vi.spyOn(env.BOOK, "withSession");
    const first = await listLowStock(env.BOOK, { limit: 5 });
    expect(first.items.map(({ shortfall }) => shortfall)).toEqual([10, 10, 10, 10, 10]);
    expect(sessions).toHaveBeenCalled();
    const plan = async (query: string) => {
      const rows = await env.BOOK.prepare(`EXPLAIN QUERY PLAN ${query}`).all<{ detail: string }>();
      return rows.results.map(({ detail }) => detail).join("; ");
    };
    const low = `SELECT * FROM products WHERE on_shelf < minimum_stock_level AND products.deleted = 0 AND deleted = 0`;
    const order = "ORDER BY on_shelf - minimum_stock_level, product_id LIMIT 6";
    expect(await plan(`${low} ${order}`)).toBe("SCAN products USING INDEX products_low");
    expect(await plan(`${low} AND on_shelf - minimum_stock_level >= -4 ${order}`)).toBe(
      "SEARCH products USING INDEX products_low (<expr>>?)",
    );
  });

  it("costs a change of the numbers one row more while the product is low, and none while it is not", async () => {
    await insert("priced", 50).run();
    const set = (onShelf: number) =>
      writtenBy(`UPDATE products SET on_shelf = ${onShelf} WHERE product_id = 'priced'`);
    const full = await set(40);
    const costs = [await set(9), await set(8), await set(40), await set(39)].map((rows) => rows - full);
    expect(costs, "it becomes low, stays low, recovers, is full").toEqual([1, 1, 0, 0]);
  });
});
