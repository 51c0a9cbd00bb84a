/** Deleting a place where stock is: never while anything is there, however far the book is behind; and what is there gets out. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  act,
  ADMIN,
  allowBackorder,
  call,
  count,
  everyItem,
  expectProblem,
  expectStatus,
  hold,
  levelOf,
  newId,
  newLocation,
  newProduct,
  receive,
  reserve,
  sleep,
  stock,
  type Answer,
  type Stock,
} from "./api";

function remove(locationId: string): Promise<Answer<unknown>> {
  return call(`DELETE /v1/locations/${locationId}`, { key: ADMIN });
}

function adjust(productId: string, locationId: string, delta: number): Promise<Answer<Stock>> {
  const body = { delta, type: "correction", reason: "counted again", locationId };
  return call<Stock>(`POST /v1/inventory/${productId}/adjust`, { body });
}

function transfer(productId: string, from: string, to: string, quantity: number): Promise<Answer<Stock>> {
  const body = { fromLocationId: from, toLocationId: to, quantity };
  return call<Stock>(`POST /v1/inventory/${productId}/transfer`, { body });
}

const TRIES = Array.from({ length: 16 }, (_, index) => index);

describe.concurrent("a location that is deleted", () => {
  it("is never gone while goods that have just come are there (16 tries)", async () => {
    const answers = await Promise.all(
      TRIES.map(async () => {
        const [locationId, productId] = [await newLocation(), await newProduct(0)];
        await receive(productId, 5, locationId);
        return { locationId, productId, answer: await remove(locationId) };
      }),
    );
    for (const { locationId, productId, answer } of answers) {
      const problem = expectProblem(answer, 409, "location_in_use");
      expect(problem).toMatchObject({ locationId, products: [productId] });
    }
    const [{ locationId = "", productId = "" } = {}] = answers;
    expect((await receive(productId, 1, locationId)).onHand, "it is open again").toBe(6);
  });

  it("either takes what comes meanwhile, and stays, or refuses it: nothing is stranded (16 tries)", async () => {
    const tries = await Promise.all(
      TRIES.map(async (index) => {
        const [locationId, productId] = [await newLocation(), await newProduct(100)];
        const removal = remove(locationId);
        const moves: Promise<Answer<unknown>>[] = [];
        // Some begin before the place is closed, some after, by every way in; most after all has been decided.
        const ways = [
          () => adjust(productId, locationId, 1),
          () => count(productId, { newQuantity: 3, locationId }),
          () => transfer(productId, "main", locationId, 1),
        ];
        for (let at = 0; at < 8; at += 1) {
          moves.push((ways[(at + index) % 3] ?? (() => adjust(productId, locationId, 1)))());
          await sleep((index * 37 + at * 61) % 400);
        }
        return { locationId, productId, removal: await removal, moves: await Promise.all(moves) };
      }),
    );
    for (const { locationId, productId, removal, moves } of tries) {
      const onHand = (await levelOf(productId, locationId))?.onHand ?? 0;
      if (onHand === 0) expectStatus(removal, 204);
      else expectProblem(removal, 409, "location_in_use");
      for (const move of moves) {
        if (move.status === 200) continue;
        expect(["location_closed", "location_not_found"], move.text).toContain(
          (move.body as Stock & { code: string }).code,
        );
      }
    }
  });

  it("M-16, M-17: names who has stock, holds or a backorder limit there; empty levels do not count", async () => {
    const [locationId, elsewhere] = [await newLocation(), await newLocation()];
    const goods = await newProduct({ main: 1, [locationId]: 2 });
    const promised = await newProduct(1);
    await allowBackorder(promised, 5, locationId);
    const empty = await newProduct({ main: 1, [locationId]: 1 });
    expectStatus(await count(empty, { newQuantity: 0, locationId }), 200);
    const problem = expectProblem(await remove(locationId), 409, "location_in_use");
    expect(problem).toMatchObject({ products: [goods, promised].toSorted() });
    expectStatus(await transfer(goods, locationId, elsewhere, 2), 200);
    const held = await hold(promised, 2, { locationId });
    await allowBackorder(promised, 0, locationId);
    expect(expectProblem(await remove(locationId), 409, "location_in_use")).toMatchObject({
      products: [promised],
    });
    expectStatus(await act(held, "release"), 200);
    expectStatus(await remove(locationId), 204);
    expect((await levelOf(empty, locationId))?.onHand).toBe(0);
  });

  it("is deleted by one of several that ask at once; the others are told so", async () => {
    const locationId = await newLocation();
    const answers = await Promise.all([remove(locationId), remove(locationId), remove(locationId)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409, 409]);
    for (const answer of answers.filter(({ status }) => status === 409)) {
      expect(expectProblem(answer, 409, "location_closed")).toMatchObject({ locationId });
    }
  });
});

describe.concurrent("a place that is closed or gone", () => {
  /** Goods at a place that is deleted under them, as it is after a crash at the worst moment. */
  async function stranded(): Promise<{ productId: string; locationId: string }> {
    const locationId = await newLocation(1);
    const productId = await newProduct({ main: 3, [locationId]: 10 });
    await env.BOOK.prepare("DELETE FROM locations WHERE location_id = ?").bind(locationId).run();
    await sleep(1100);
    // Whoever brings stock asks for a new list, and all use it then.
    await newProduct(0);
    return { productId, locationId };
  }

  it("takes no stock: 409 while it is closed, 404 when it is gone, whatever brings it", async () => {
    const [locationId, productId] = [await newLocation(), await newProduct(10)];
    const sold = await hold(productId, 2);
    expectStatus(await act(sold, "confirm"), 200);
    const body = { safetyStock: 1, backorderLimit: 1 };
    const ways = (): Promise<Answer<unknown>>[] => [
      adjust(productId, locationId, 1),
      count(productId, { newQuantity: 1, locationId }),
      count(productId, { newQuantity: 0, locationId }),
      transfer(productId, "main", locationId, 1),
      call(`PATCH /v1/inventory/${productId}/levels/${locationId}`, { body }),
      call("POST /v1/inventory", { body: { productId: newId("P"), initialQuantity: 1, locationId } }),
      act(sold, "return", { quantity: 1, restock: true, reason: "unworn", locationId }),
      call("POST /v1/inventory/updates", {
        body: { storeId: locationId, productId, delta: 1, idempotencyKey: newId("key") },
      }),
    ];
    const removal = remove(locationId);
    await sleep(700);
    for (const answer of await Promise.all(ways())) {
      expect(expectProblem(answer, 409, "location_closed")).toMatchObject({ locationId });
    }
    expectStatus(await removal, 204);
    // What a store that is no location sends goes to main.
    for (const answer of (await Promise.all(ways())).slice(0, -1)) {
      expect(expectProblem(answer, 404, "location_not_found")).toMatchObject({ locationId });
    }
    expect(await levelOf(productId, locationId)).toBeUndefined();
  });

  it("lets stock leave by every way out", async () => {
    const { productId, locationId } = await stranded();
    const kept = await hold(productId, 1, { locationId });
    const sold = await hold(productId, 1, { locationId });
    expectStatus(await act(kept, "release"), 200);
    expectStatus(await act(sold, "confirm"), 200);
    expectStatus(await transfer(productId, locationId, "main", 4), 200);
    expectStatus(await adjust(productId, locationId, -2), 200);
    expectProblem(await adjust(productId, locationId, 1), 404, "location_not_found");
    const back = { quantity: 1, restock: true, reason: "unworn" };
    expectProblem(await act(sold, "return", back), 404, "location_not_found");
    expectStatus(await count(productId, { newQuantity: 1, locationId }), 200);
    expectStatus(await count(productId, { newQuantity: 0, locationId }), 200);
    expectStatus(await act(sold, "return", { ...back, locationId: "main" }), 200);
    expectStatus(await call(`DELETE /v1/inventory/${productId}/levels/${locationId}`), 204);
    expect(await stock(productId)).toMatchObject({ onHand: 8, levels: [{ locationId: "main", onHand: 8 }] });
  });

  it("is not chosen by a reserve that names no place, nor offered by a check", async () => {
    const { productId, locationId } = await stranded();
    const short = expectProblem(await reserve(productId, { quantity: 4 }), 409, "insufficient_stock");
    expect(short.shortages).toMatchObject([{ locationId: "main", requested: 4, available: 3 }]);
    const lines = [{ productId, quantity: 4 }];
    const order = await call("POST /v1/reservations", { body: { orderId: newId("O"), lines, split: true } });
    expectProblem(order, 409, "insufficient_stock");
    const body = { quantity: 4, locationId: "main" };
    const check = await call(`POST /v1/inventory/${productId}/check`, { body });
    expect(check.body).toEqual({ ok: false, reason: "insufficient_stock", available: 3, alternatives: [] });
    expect(await hold(productId, 4, { locationId }), "by name it is").toMatchObject({ locationId });
  });

  it("answers a receipt that is sent again as the first time", async () => {
    const { productId, locationId } = await stranded();
    const place = await newLocation();
    const body = { delta: 2, type: "receipt", reason: "delivered", locationId: place };
    const send = () =>
      call(`POST /v1/inventory/${productId}/adjust`, { body, headers: { "Idempotency-Key": locationId } });
    const first = expectStatus(await send(), 200);
    expectStatus(await adjust(productId, place, -2), 200);
    expectStatus(await remove(place), 204);
    const again = await send();
    expect(expectStatus(again, 200)).toEqual(first);
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
  });
});

/** Last and alone: it deletes the places of the others. */
describe("of all locations, deleted at once", () => {
  it("the last is kept", async () => {
    const before = (await everyItem<{ locationId: string }>("/v1/locations")).map((one) => one.locationId);
    const answers = await Promise.all(before.map(remove));
    expect(answers.some(({ status }) => status === 409)).toBe(true);
    const after = await everyItem<{ locationId: string }>("/v1/locations");
    expect(after.length).toBeGreaterThan(0);
    await call("POST /v1/locations", { key: ADMIN, body: { locationId: "main", name: "Main", priority: 0 } });
  });
});
