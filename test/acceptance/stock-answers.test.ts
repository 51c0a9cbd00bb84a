/** What answers about stock say beside the numbers: whose they are, what it costs, whether there is too much of it. */
import { describe, expect, it } from "vitest";
import {
  act,
  call,
  count,
  eventually,
  everyItem,
  expectProblem,
  expectStatus,
  history,
  hold,
  newId,
  newLocation,
  newProduct,
  receive,
  stock,
} from "./api";
import { verify } from "./verification-api";

describe("answers about stock", () => {
  it("carry the product's name and price", async () => {
    const productId = await newProduct(3);
    expect(await stock(productId)).toMatchObject({ name: productId, price: null });
    const price = { amount: "649.99", currency: "USD" };
    const body = { name: "Falcon", price };
    expectStatus(await call(`PATCH /v1/products/${productId}`, { body }), 200);
    expect(await stock(productId)).toMatchObject({ name: "Falcon", price, onHand: 3 });
    expect(await receive(productId, 1)).toMatchObject({ name: "Falcon", price, onHand: 4 });
  });

  it("say when more is on hand than the maximum, and the list finds it", async () => {
    const kind = newId("kind");
    const productId = await newProduct(10, { kind, maximumStockLevel: 10 });
    const other = await newProduct(10, { kind });
    expect(await stock(productId)).toMatchObject({ overstocked: false });
    expect(await receive(productId, 1)).toMatchObject({ overstocked: true });
    expect(await stock(other)).toMatchObject({ overstocked: false });
    const listed = async (overstocked: string) => {
      const rows = await everyItem<{ productId: string; overstocked: boolean }>(
        `/v1/inventory?kind=${kind}&overstocked=${overstocked}`,
      );
      return rows.map((row) => [row.productId, row.overstocked]);
    };
    await eventually(
      () => listed("true"),
      (rows) => expect(rows).toEqual([[productId, true]]),
    );
    expect(await listed("false")).toEqual([[other, false]]);
    expectProblem(await call("GET /v1/inventory?overstocked=perhaps"), 400, "validation_failed");
    expectProblem(await call("GET /v1/products?overstocked=true"), 400, "validation_failed");
  });

  it("stock.overstocked is told once when on hand rises past the maximum, and a verification has no objection", async () => {
    const productId = await newProduct(9, { maximumStockLevel: 10 });
    await receive(productId, 1);
    await receive(productId, 1);
    await receive(productId, 5);
    expectStatus(await count(productId, { newQuantity: 4 }), 200);
    expectStatus(await call(`PATCH /v1/products/${productId}`, { body: { maximumStockLevel: 2 } }), 200);
    await receive(productId, 1);
    const told = (await history(productId)).filter(({ type }) => type === "stock.overstocked");
    expect(told.map(({ data }) => data)).toEqual([{ onHand: 11, maximumStockLevel: 10 }]);
    expect(await verify(productId)).toMatchObject({ differences: [] });
    const filtered = await call(`GET /v1/inventory/events?productId=${productId}&type=stock.overstocked`);
    expect(expectStatus(filtered, 200)).toMatchObject({ count: 1 });
  });
});

describe("a return", () => {
  it("V-09: is put where it is said, which gets a level; the trail and a verification know where", async () => {
    const shop = await newLocation();
    const productId = await newProduct(5);
    const sold = await hold(productId, 3);
    expectStatus(await act(sold, "confirm"), 200);
    const back = { quantity: 1, restock: true, reason: "unworn" };
    expectStatus(await act(sold, "return", { ...back, locationId: shop }), 200);
    expectStatus(await act(sold, "return", back), 200);
    expectProblem(await act(sold, "return", { ...back, locationId: newId("no") }), 404, "location_not_found");
    const { levels } = await stock(productId);
    expect(levels.map(({ locationId, onHand }) => [locationId, onHand]).toSorted()).toEqual(
      [
        [shop, 1],
        ["main", 3],
      ].toSorted(),
    );
    await history(productId);
    expect(await verify(productId)).toMatchObject({ differences: [] });
    const trail = await everyItem<{ locationId: string; after: number }>(
      `/v1/inventory/${productId}/movements?type=return`,
    );
    expect(trail.map(({ locationId, after }) => [locationId, after])).toEqual([
      ["main", 3],
      [shop, 1],
    ]);
  });
});
