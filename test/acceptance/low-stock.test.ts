/** What must be ordered: the list of products below their minimum. */
import { describe, expect, it } from "vitest";
import {
  ADMIN,
  allowBackorder,
  call,
  eventually,
  everyItem,
  expectProblem,
  expectStatus,
  history,
  hold,
  newId,
  newLocation,
  newProduct,
  SHOP,
  STAFF,
  type Page,
  type Stock,
} from "./api";

type Low = Stock & { name: string; kind: string; shortfall: number };

/** A product of a kind with so much on the shelf and such a minimum, in the book. */
async function stocked(kind: string, onHand: number, minimumStockLevel: number, more = {}): Promise<string> {
  const productId = await newProduct(onHand, { kind, minimumStockLevel, ...more });
  await history(productId);
  return productId;
}

function lowOf(kind: string, query = ""): Promise<Low[]> {
  return everyItem<Low>(`/v1/inventory/low-stock?kind=${kind}${query}`);
}

describe("low stock", () => {
  it("the largest shortfall first, ties by productId, in pages of any size; nothing that is not low", async () => {
    const kind = newId("k");
    const worst = await stocked(kind, 0, 50);
    const ties = [await stocked(kind, 5, 10), await stocked(kind, 15, 20), await stocked(kind, 1, 6)];
    const least = await stocked(kind, 9, 10);
    await stocked(kind, 10, 10);
    await stocked(kind, 0, 0);
    const wanted = [[worst, 50], ...ties.toSorted().map((id) => [id, 5]), [least, 1]];
    for (const size of [1, 2, 3, 100]) {
      const found = await lowOf(kind, `&limit=${size}`);
      expect(found.map(({ productId, shortfall }) => [productId, shortfall])).toEqual(wanted);
    }
    const [first] = await lowOf(kind);
    expect(first).toMatchObject({ kind, name: worst, onHand: 0, minimumStockLevel: 50, lowStock: true });
    expect(first?.levels).toHaveLength(1);
  });

  it("follows holds, receipts, edits and deletion", async () => {
    const kind = newId("k");
    const productId = await stocked(kind, 12, 10);
    const low = (shortfall: number | undefined) =>
      eventually(
        () => lowOf(kind),
        (found) => expect(found[0]?.shortfall).toBe(shortfall),
      );
    expect(await lowOf(kind)).toEqual([]);
    const held = await hold(productId, 5);
    await low(3);
    const path = `POST /v1/reservations/${held.reservationId}/release`;
    expectStatus(await call(path, { body: { quantity: 4 } }), 200);
    await low(undefined);
    const edit = { minimumStockLevel: 20 };
    expectStatus(await call(`PATCH /v1/products/${productId}`, { body: edit }), 200);
    await low(9);
    const remove = `DELETE /v1/products/${productId}?force=true&reason=ended`;
    expectStatus(await call(remove, { key: ADMIN }), 204);
    await low(undefined);
  });

  it("a place below zero takes nothing from another, and what is promised ahead is nothing on the shelf", async () => {
    const kind = newId("k");
    const productId = await stocked(kind, 4, 10);
    await allowBackorder(productId, 50);
    await hold(productId, 14);
    const [found] = await eventually(
      () => lowOf(kind),
      (seen) => expect(seen[0]?.reserved).toBe(14),
    );
    expect(found).toMatchObject({ available: -10, shortfall: 10 });
    const [seen] = await everyItem<Low>(`/v1/inventory/low-stock?kind=${kind}`, SHOP);
    expect(seen).toMatchObject({ available: 0, shortfall: 10 });
  });

  it("narrowed by status, tag and location, with the offset it can have seen", async () => {
    const [kind, place] = [newId("k"), await newLocation()];
    const tagged = await stocked(kind, 1, 5, { tags: ["ucs"] });
    const inactive = await stocked(kind, 1, 6, { status: "inactive" });
    const placed = await newProduct({ [place]: 3 }, { kind, minimumStockLevel: 5 });
    await history(placed);
    const ids = async (query: string) => (await lowOf(kind, query)).map(({ productId }) => productId);
    expect(await ids("&tag=ucs")).toEqual([tagged]);
    expect(await ids("&status=inactive")).toEqual([inactive]);
    expect(await ids(`&locationId=${place}`)).toEqual([placed]);
    const page = await call<Page<Low>>(`GET /v1/inventory/low-stock?kind=${kind}&limit=1`);
    expect(Number(page.headers.get("X-Book-Offset"))).toBeGreaterThan(0);
    expect(page.headers.get("Link")).toContain('rel="next"');
  });

  it("wants a cursor of its own, known parameters, and the scope", async () => {
    const { nextCursor } = expectStatus(await call<Page<Low>>("GET /v1/inventory?limit=1"), 200);
    for (const query of [`cursor=${nextCursor}`, "limit=0", "sort=name", "kind="])
      expectProblem(await call(`GET /v1/inventory/low-stock?${query}`), 400, "validation_failed");
    expectStatus(await call("GET /v1/inventory/low-stock", { key: STAFF }), 200);
    expectProblem(await call("GET /v1/inventory/low-stock", { key: null }), 401);
  });
});
