/** CASES, "Count, adjust, transfer": what changes the goods themselves. */
import { describe, expect, it } from "vitest";
import {
  ADMIN,
  allowBackorder,
  call,
  count,
  everyItem,
  expectProblem,
  expectStatus,
  history,
  hold,
  levelOf,
  newId,
  newLocation,
  newProduct,
  receive,
  reservation,
  SHOP,
  stock,
  unchanged,
  type Product,
  type Stock,
} from "./api";

interface Movement {
  type: string;
  delta: number;
  before: number;
  after: number;
  reason: string;
  orderId: string | null;
  productId: string;
  adjustedBy: string | null;
}

function adjust(productId: string, body: object) {
  return call<Stock>(`POST /v1/inventory/${productId}/adjust`, { body });
}

function transfer(productId: string, body: object) {
  return call<Stock>(`POST /v1/inventory/${productId}/transfer`, { body });
}

function removeLevel(productId: string, locationId: string) {
  return call(`DELETE /v1/inventory/${productId}/levels/${locationId}`);
}

function removeProduct(productId: string, query = "") {
  return call(`DELETE /v1/inventory/${productId}${query}`, { key: ADMIN });
}

async function movements(productId: string, query = ""): Promise<Movement[]> {
  await history(productId);
  return everyItem<Movement>(`/v1/inventory/${productId}/movements${query}`);
}

describe("count", () => {
  it("V-01: counting what is there is no event and keeps the version", async () => {
    const productId = await newProduct(7);
    const { version } = await stock(productId);
    const counted = expectStatus(await unchanged(productId, () => count(productId, { newQuantity: 7 })), 200);
    expect(counted).toMatchObject({ onHand: 7, version });
    expect((await history(productId)).filter((event) => event.type === "stock.counted")).toEqual([]);
  });

  it("V-02: a count is a movement by the difference", async () => {
    const productId = await newProduct(7);
    expect(expectStatus(await count(productId, { newQuantity: 12 }), 200)).toMatchObject({ onHand: 12 });
    expect(expectStatus(await count(productId, { newQuantity: 10 }), 200)).toMatchObject({ onHand: 10 });
    expect(await movements(productId, "?type=count")).toMatchObject([
      { type: "count", delta: -2, before: 12, after: 10, reason: "stock take" },
      { type: "count", delta: 5, before: 7, after: 12, reason: "stock take" },
    ]);
  });

  it("D-03: counting below what is held is refused and names the holds", async () => {
    const productId = await newProduct(120);
    const held = await hold(productId, 15);
    const answer = await unchanged(productId, () => count(productId, { newQuantity: 5 }));
    expectProblem(answer, 422, "below_reserved");
    expect(answer.text).toContain(held.reservationId.split("~")[1]);
  });

  it("D-03: with force physical truth wins: oversold, and the event says so", async () => {
    const productId = await newProduct(120);
    const held = await hold(productId, 15);
    const forced = expectStatus(
      await count(productId, { newQuantity: 5, force: true, reason: "flood" }),
      200,
    );
    expect(forced).toMatchObject({ onHand: 5, reserved: 15, available: -10, oversold: true });
    expect(await reservation(held.reservationId)).toMatchObject({ state: "held", held: 15 });
    const counted = (await history(productId)).filter((event) => event.type === "stock.counted");
    expect(counted).toMatchObject([{ data: { reason: "flood", oversold: true } }]);
  });

  it("a count below zero takes force; what is below zero may be raised without", async () => {
    const productId = await newProduct(2);
    const answer = await unchanged(productId, () => count(productId, { newQuantity: -5 }));
    expect(expectProblem(answer, 400, "validation_failed").errors[0]?.path).toBe("body.newQuantity");
    const forced = expectStatus(await count(productId, { newQuantity: -5, force: true }), 200);
    expect(forced).toMatchObject({ onHand: -5, available: -5, oversold: true });
    expect(await stock(productId, SHOP)).toMatchObject({ available: 0 });
    expect(await receive(productId, 2)).toMatchObject({ onHand: -3, oversold: true });
    expect(expectStatus(await count(productId, { newQuantity: 0 }), 200)).toMatchObject({ oversold: false });
  });

  it("a number below what is held may always be raised", async () => {
    const productId = await newProduct(120);
    await hold(productId, 15);
    expectStatus(await count(productId, { newQuantity: 5, force: true }), 200);
    expect(expectStatus(await count(productId, { newQuantity: 9 }), 200)).toMatchObject({
      onHand: 9,
      oversold: true,
    });
    expect(await receive(productId, 1)).toMatchObject({ onHand: 10, oversold: true });
    expect(await receive(productId, 5)).toMatchObject({ onHand: 15, available: 0, oversold: false });
  });

  it.each([
    { body: { newQuantity: 5, reason: undefined }, path: "body.reason" },
    { body: { newQuantity: 5, reason: "" }, path: "body.reason" },
    { body: { newQuantity: 0.5 }, path: "body.newQuantity" },
    { body: { newQuantity: 1_000_000_001 }, path: "body.newQuantity" },
    { body: {}, path: "body.newQuantity" },
    { body: { newQuantity: 5, newQuality: 1 }, path: "body.newQuality" },
  ])("a count with a bad $path is refused: $body", async ({ body, path }) => {
    const productId = await newProduct(7);
    const answer = await unchanged(productId, () => count(productId, body));
    expect(expectProblem(answer, 400, "validation_failed").errors.map((error) => error.path)).toContain(path);
  });
});

describe("adjust", () => {
  it("M-12: adds and takes away", async () => {
    const productId = await newProduct(2);
    expect(await receive(productId, 2)).toMatchObject({ onHand: 4 });
    const answer = await adjust(productId, { delta: -1, type: "damage", reason: "dropped" });
    expect(expectStatus(answer, 200)).toMatchObject({ onHand: 3 });
  });

  it("D-04: an adjustment needs a reason", async () => {
    const productId = await newProduct(2);
    const answer = await unchanged(productId, () => adjust(productId, { delta: 1, type: "receipt" }));
    const { errors } = expectProblem(answer, 400, "validation_failed");
    expect(errors.map((error) => error.path)).toContain("body.reason");
  });

  const wrongWay = { receipt: -1, return: -1, sale: 1, damage: 1, shrinkage: 1 };
  it.each(Object.entries(wrongWay))("a %s of %i goes the wrong way", async (type, delta) => {
    const productId = await newProduct(5);
    const body = { delta, type, reason: "typo" };
    expectProblem(await unchanged(productId, () => adjust(productId, body)), 400, "validation_failed");
    const right = expectStatus(await adjust(productId, { ...body, delta: -delta }), 200);
    expect(right.onHand).toBe(5 - delta);
  });

  it("a correction goes either way; nothing is adjusted by zero", async () => {
    const productId = await newProduct(5);
    const correct = (delta: number) => adjust(productId, { delta, type: "correction", reason: "recount" });
    expect(expectStatus(await correct(3), 200)).toMatchObject({ onHand: 8 });
    expect(expectStatus(await correct(-2), 200)).toMatchObject({ onHand: 6 });
    expectProblem(await unchanged(productId, () => correct(0)), 400, "validation_failed");
  });

  it("taking away what is held needs force", async () => {
    const productId = await newProduct(5);
    await hold(productId, 5);
    const body = { delta: -1, type: "damage", reason: "dropped" };
    expectProblem(await unchanged(productId, () => adjust(productId, body)), 422, "below_reserved");
    const forced = expectStatus(await adjust(productId, { ...body, force: true }), 200);
    expect(forced).toMatchObject({ onHand: 4, reserved: 5, available: -1, oversold: true });
  });

  it("taking more than there is says what could be had, whether or not something is held", async () => {
    const productId = await newProduct(5);
    await hold(productId, 2);
    const body = { delta: -6, type: "sale", reason: "at the till" };
    const answer = await unchanged(productId, () => adjust(productId, body));
    expect(expectProblem(answer, 409, "insufficient_stock").shortages).toEqual([
      { productId, locationId: "main", requested: 6, available: 3 },
    ]);
    expect(expectStatus(await adjust(productId, { ...body, force: true }), 200).onHand).toBe(-1);
  });

  it("what is on hand has a ceiling", async () => {
    const productId = await newProduct(1);
    const body = { delta: 1_000_000_000, type: "receipt", reason: "typo" };
    const answer = await unchanged(productId, () => adjust(productId, body));
    expect([400, 422], answer.text).toContain(expectProblem(answer, answer.status).status);
  });

  it("an unknown location is 404", async () => {
    const productId = await newProduct(5);
    const locationId = newId("nowhere");
    const body = { delta: 1, type: "receipt", reason: "delivered", locationId };
    expectProblem(await unchanged(productId, () => adjust(productId, body)), 404, "location_not_found");
    const counted = await unchanged(productId, () => count(productId, { newQuantity: 1, locationId }));
    expectProblem(counted, 404, "location_not_found");
  });
});

describe("levels", () => {
  it("M-16: a level with stock stays", async () => {
    const a = await newLocation();
    const productId = await newProduct({ main: 1, [a]: 3 });
    expectProblem(await unchanged(productId, () => removeLevel(productId, a)), 409, "level_in_use");
  });

  it("M-17: a level with a hold stays", async () => {
    const a = await newLocation();
    const productId = await newProduct({ main: 1, [a]: 3 });
    await allowBackorder(productId, 5, a);
    await hold(productId, 2, { locationId: a });
    expectStatus(await count(productId, { newQuantity: 0, locationId: a, force: true }), 200);
    expect(await levelOf(productId, a)).toMatchObject({ onHand: 0, reserved: 2 });
    expectProblem(await unchanged(productId, () => removeLevel(productId, a)), 409, "level_in_use");
  });

  it("M-18: an empty level goes", async () => {
    const a = await newLocation();
    const productId = await newProduct({ main: 1, [a]: 3 });
    expectStatus(await count(productId, { newQuantity: 0, locationId: a }), 200);
    expectStatus(await removeLevel(productId, a), 204);
    expect(await levelOf(productId, a)).toBeUndefined();
    expectProblem(await removeLevel(productId, a), 404, "level_not_found");
  });

  it("setting a level to what it is changes nothing", async () => {
    const productId = await newProduct(5);
    await allowBackorder(productId, 5);
    await unchanged(productId, () => allowBackorder(productId, 5));
  });
});

describe("deleting a product", () => {
  it("M-23: a product with a hold stays, one with stock too", async () => {
    const productId = await newProduct(5);
    expectProblem(await unchanged(productId, () => removeProduct(productId)), 409, "product_in_use");
    await allowBackorder(productId, 5);
    await hold(productId, 1);
    expectStatus(await count(productId, { newQuantity: 0, force: true }), 200);
    expectProblem(await unchanged(productId, () => removeProduct(productId)), 409, "product_in_use");
  });

  it("force needs a reason and ends the holds; an id that comes back goes on with its version", async () => {
    const productId = await newProduct(5);
    const held = await hold(productId, 1);
    const { version } = await stock(productId);
    expectProblem(
      await unchanged(productId, () => removeProduct(productId, "?force=true")),
      422,
      "reason_required",
    );
    expectStatus(await removeProduct(productId, "?force=true&reason=discontinued"), 204);
    expectProblem(await call(`GET /v1/inventory/${productId}`), 404, "product_not_found");
    const fresh = await call<Product>(`GET /v1/products/${productId}`, {
      headers: { "Cache-Control": "no-cache" },
    });
    expectProblem(fresh, 404, "product_not_found");
    const late = await call(`POST /v1/reservations/${held.reservationId}/confirm`, { body: {} });
    expect(late.status, late.text).toBeGreaterThanOrEqual(404);
    const again = await call<Stock>("POST /v1/inventory", { body: { productId, initialQuantity: 2 } });
    expect(expectStatus(again, 201)).toMatchObject({ onHand: 2, reserved: 0 });
    expect(again.body.version).toBeGreaterThan(version + 1);
    const versions = (await history(productId)).map((event) => event.version);
    expect(versions).toEqual(versions.map((_, i) => i + 1));
  });

  it("an empty product goes without force", async () => {
    const productId = await newProduct(5);
    expectStatus(await count(productId, { newQuantity: 0 }), 200);
    expectStatus(await removeProduct(productId), 204);
    expectProblem(await removeProduct(productId), 404, "product_not_found");
  });
});

describe("transfer", () => {
  it("B-12: moves goods that nobody holds, and no others", async () => {
    const [a, b] = [await newLocation(), await newLocation()];
    const productId = await newProduct({ [b]: 0, [a]: 10 });
    await hold(productId, 3, { locationId: a });
    const body = { fromLocationId: a, toLocationId: b, quantity: 5 };
    expect(expectStatus(await transfer(productId, body), 200)).toMatchObject({
      onHand: 10,
      reserved: 3,
      available: 7,
    });
    expect(await levelOf(productId, a)).toMatchObject({ onHand: 5, reserved: 3, available: 2 });
    expect(await levelOf(productId, b)).toMatchObject({ onHand: 5, reserved: 0, available: 5 });
    const { shortages } = expectProblem(
      await unchanged(productId, () => transfer(productId, body)),
      409,
      "insufficient_stock",
    );
    expect(shortages).toEqual([{ productId, locationId: a, requested: 5, available: 2 }]);
    expect(await movements(productId, "?type=transfer")).not.toEqual([]);
  });

  it("needs two different locations that exist", async () => {
    const a = await newLocation();
    const productId = await newProduct({ [a]: 10 });
    const bare = { fromLocationId: await newLocation(), toLocationId: a, quantity: 1 };
    expectProblem(await unchanged(productId, () => transfer(productId, bare)), 404, "level_not_found");
    const same = { fromLocationId: a, toLocationId: a, quantity: 1 };
    expectProblem(await unchanged(productId, () => transfer(productId, same)), 400, "validation_failed");
    const unknown = { fromLocationId: a, toLocationId: newId("nowhere"), quantity: 1 };
    expectProblem(await unchanged(productId, () => transfer(productId, unknown)), 404, "location_not_found");
  });
});

describe("movements", () => {
  it("are the audit trail: newest first, each with what changed and why", async () => {
    const productId = await newProduct(10);
    const orderId = newId("O");
    await receive(productId, 5);
    const held = await hold(productId, 4, { orderId });
    expectStatus(await call(`POST /v1/reservations/${held.reservationId}/confirm`, { body: {} }), 200);
    expectStatus(await adjust(productId, { delta: -1, type: "shrinkage", reason: "missing" }), 200);
    const rows = await movements(productId);
    expect(rows.slice(0, 3)).toMatchObject([
      { type: "shrinkage", delta: -1, before: 11, after: 10, reason: "missing" },
      { type: "sale", delta: -4, before: 15, after: 11, orderId },
      { type: "receipt", delta: 5, before: 10, after: 15, reason: "delivered" },
    ]);
    expect(
      rows.reduce((sum, row) => sum + row.delta, 0),
      "movements add up to what is on hand",
    ).toBe(10);
    expect(await movements(productId, `?orderId=${orderId}`)).toMatchObject([{ type: "sale" }]);
    expect(await movements(productId, "?type=receipt")).not.toContainEqual(
      expect.objectContaining({ type: "sale" }),
    );
    expect(await movements(productId, "?limit=1")).toEqual(rows);
    const future = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect(await movements(productId, `?from=${future}`)).toEqual([]);
    expect(await movements(productId, `?to=${future}`)).toEqual(rows);
  });

  it("name actors, so they are not for storefronts", async () => {
    const productId = await newProduct(1);
    for (const path of [`/v1/inventory/${productId}/movements`, "/v1/movements"])
      expectProblem(await call(`GET ${path}`, { key: SHOP }), 403, "forbidden");
  });

  it("of a count say who is said to have made it, and only they do", async () => {
    const productId = await newProduct(7);
    await receive(productId, 1);
    expectStatus(await count(productId, { newQuantity: 12, adjustedBy: "Ada" }), 200);
    expectStatus(await count(productId, { newQuantity: 11 }), 200);
    expect((await movements(productId)).slice(0, 3)).toMatchObject([
      { type: "count", adjustedBy: null },
      { type: "count", adjustedBy: "Ada" },
      { type: "receipt", adjustedBy: null },
    ]);
  });

  it("of all products: newest first, by reference, type, product, place and time", async () => {
    const [a, b] = [await newProduct(10), await newProduct(10)];
    const reference = newId("PO");
    const receipt = { delta: 2, type: "receipt", reason: "delivered" };
    expectStatus(await adjust(a, { ...receipt, reference }), 200);
    expectStatus(await adjust(a, { delta: -1, type: "damage", reason: "wet", reference }), 200);
    await movements(a);
    expectStatus(await adjust(b, { ...receipt, reference }), 200);
    expectStatus(await adjust(b, receipt), 200);
    await movements(b);
    const all = (query: string) => everyItem<Movement>(`/v1/movements?${query}`);
    const ofB = { productId: b, type: "receipt", delta: 2, reference, adjustedBy: null };
    expect(await all(`reference=${reference}`)).toMatchObject([ofB, { type: "damage" }, { productId: a }]);
    expect(await all(`reference=${reference}&limit=1`)).toHaveLength(3);
    expect(await all(`reference=${reference}&type=receipt`)).toMatchObject([ofB, { productId: a }]);
    expect(await all(`productId=${b}&reference=${reference}`)).toMatchObject([ofB]);
    const atMain = await all(`productId=${b}&locationId=main&type=receipt`);
    expect(atMain.slice(0, 2)).toMatchObject([{ reference: null }, ofB]);
    expect(await all(`productId=${b}&locationId=nowhere`)).toEqual([]);
    expect(await all(`productId=${newId("unknown")}`)).toEqual([]);
    const future = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect(await all(`reference=${reference}&from=${future}`)).toEqual([]);
    expect(await all(`reference=${reference}&to=${future}`)).toHaveLength(3);
    expectProblem(await call("GET /v1/movements?orderId=x"), 400, "validation_failed");
  });
});
