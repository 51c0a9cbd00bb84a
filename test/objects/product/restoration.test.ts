/** An object whose storage was lost begins again with what the book has. */
import { describe, expect, it } from "vitest";
import { RESTORED_VERSION_GAP } from "../../../src/limits/recovery";
import {
  act,
  ADMIN,
  call,
  expectProblem,
  expectStatus,
  history,
  hold,
  newId,
  newProduct,
  stock,
  type BookEvent,
} from "../../acceptance/api";
import { lived, verify, type Difference } from "../../acceptance/verification-api";
import { eventsFrom, loseObject } from "../recovery/disasters";

interface Restoration {
  version: number;
  bookVersion: number;
  lastEventAt: string | null;
  holds: number;
  resolved: number;
  left: number;
  droppedVersion: number;
  unknown: string[];
  differences: Difference[];
}

const restore = (productId: string) =>
  call<Restoration>(`POST /v1/admin/products/${productId}/restore`, { key: ADMIN });

async function lastEvent(productId: string): Promise<BookEvent | undefined> {
  return (await eventsFrom(1, `&productId=${productId}`)).at(-1);
}

describe("an object that was lost", () => {
  it("is found by verifying, and is afterwards as the book had it, some versions on", async () => {
    const one = await lived();
    const { productId } = one;
    const before = await stock(productId);
    await loseObject(productId);
    expectProblem(await call(`GET /v1/inventory/${productId}`), 404, "product_not_found");
    const { differences } = await verify(productId);
    expect(differences).toContainEqual({ what: "product", object: null, book: "there" });

    const restored = expectStatus(await restore(productId), 200);
    expect(restored).toMatchObject({
      bookVersion: before.version,
      droppedVersion: 0,
      left: 0,
      differences: [],
    });
    expect(restored.unknown.join(" ")).toContain(`version ${before.version} of the book`);
    const after = await stock(productId);
    const { version, updatedAt: _, ...numbers } = after;
    expect(before).toMatchObject(numbers);
    expect(version).toBe(before.version + RESTORED_VERSION_GAP);
    expect(await verify(productId)).toMatchObject({ differences: [], complete: true });
    expect(await lastEvent(productId)).toMatchObject({
      type: "product.updated",
      version,
      data: { changes: {}, restoredAfter: before.version },
    });

    // Holds live on, what has ended stays ended.
    expectProblem(await act(one.released, "confirm"), 409, "reservation_already_released");
    expectStatus(await act(one.confirmed, "return", { quantity: 1, restock: true, reason: "late" }), 200);
    expectStatus(await act(one.held, "confirm"), 200);
    await history(productId);
    expect(await verify(productId)).toMatchObject({ differences: [] });
  });

  it("is not restored where it is not lost, and where nobody knows it", async () => {
    const productId = await newProduct(5);
    await history(productId);
    const before = await stock(productId);
    expectProblem(await restore(productId), 409, "product_exists");
    expectProblem(await restore(newId("NEVER")), 404, "product_not_found");
    expect(await stock(productId)).toEqual(before);
  });

  it("is restored as well where somebody has made the product again meanwhile, and says what goes", async () => {
    const productId = await newProduct(5);
    const kept = await hold(productId, 2);
    await history(productId);
    await loseObject(productId);
    const body = { productId, initialQuantity: 99 };
    expectStatus(await call("POST /v1/inventory", { body }), 201);
    expect((await verify(productId)).differenceCount).toBeGreaterThan(0);
    const restored = expectStatus(await restore(productId), 200);
    expect(restored).toMatchObject({ droppedVersion: 2, bookVersion: 3, holds: 1, differences: [] });
    expect(await stock(productId)).toMatchObject({ onHand: 5, reserved: 2 });
    expectStatus(await act(kept, "confirm"), 200);
    await history(productId);
    expect(await verify(productId)).toMatchObject({ differences: [] });
  });

  it("keeps a deleted product deleted, with versions that go on rising", async () => {
    const productId = await newProduct(0);
    expectStatus(await call(`DELETE /v1/products/${productId}`, { key: ADMIN }), 204);
    await loseObject(productId);
    expectStatus(await restore(productId), 200);
    expectProblem(await call(`GET /v1/inventory/${productId}`), 404, "product_not_found");
    expectStatus(await call("POST /v1/inventory", { body: { productId, initialQuantity: 4 } }), 201);
    expect((await stock(productId)).version).toBeGreaterThan(RESTORED_VERSION_GAP);
    await history(productId);
    expect(await verify(productId)).toMatchObject({ differences: [] });
  });
});
