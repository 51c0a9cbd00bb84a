/** Verify and reproject, where nothing is wrong, where something is, and while the product goes on. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { entryKey } from "../../src/kv/catalog-cache";
import {
  act,
  ADMIN,
  call,
  eventually,
  expectProblem,
  expectStatus,
  history,
  hold,
  newProduct,
  receive,
  STAFF,
  stock,
} from "./api";
import { book, lived, reproject, type Verification, type VerificationPage, verify } from "./verification-api";

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await book("DROP TRIGGER IF EXISTS chaos");
});

describe("verify", () => {
  it("finds nothing where nothing is wrong", async () => {
    const { productId } = await lived();
    const { version } = await stock(productId);
    const found = await verify(productId);
    expect(found).toEqual({
      productId,
      version,
      bookVersion: version,
      events: version,
      complete: true,
      differences: [],
      differenceCount: 0,
    });
  });

  it("finds nothing after expiry, deletion and a second life of the id", async () => {
    const productId = await newProduct(9, { minimumStockLevel: 5 });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    await hold(productId, 6, { ttlSeconds: 1 });
    vi.setSystemTime(Date.now() + 2000);
    expect((await verify(productId)).differences).toEqual([]);
    await hold(productId, 2);
    await hold(productId, 3, { ttlSeconds: 1 });
    vi.setSystemTime(Date.now() + 2000);
    const path = `DELETE /v1/products/${productId}?force=true&reason=gone`;
    expectStatus(await call(path, { key: ADMIN }), 204);
    expect(await verify(productId)).toMatchObject({ complete: true, differences: [] });
    expect(await reproject(productId)).toMatchObject({ differences: [] });
    const body = { productId, initialQuantity: 4 };
    expectStatus(await call("POST /v1/inventory", { body }), 201);
    await hold(productId, 1);
    expect(await verify(productId)).toMatchObject({ complete: true, differences: [] });
  });

  it("finds nothing false while the product is being bought", async () => {
    const productId = await newProduct(5000, { minimumStockLevel: 4990 });
    const load = { on: true };
    const shops = Array.from({ length: 12 }, async () => {
      for (let i = 0; load.on; i += 1) {
        const held = await hold(productId, 1);
        if (i % 3 === 0) expectStatus(await act(held, "confirm"), 200);
        if (i % 3 === 1) expectStatus(await act(held, "release"), 200);
      }
    });
    let events = 0;
    for (let round = 0; round < 12; round += 1) {
      const found = await verify(productId);
      expect(found.differences, JSON.stringify(found)).toEqual([]);
      expect(found.events).toBeGreaterThanOrEqual(events);
      ({ events } = found);
      if (round % 4 === 3) expect((await reproject(productId)).differences).toEqual([]);
    }
    load.on = false;
    await Promise.all(shops);
    expect(events).toBeGreaterThan(50);
    expect(await verify(productId)).toMatchObject({ complete: true, differences: [] });
  }, 60_000);

  it("R4: says what the book lacks while it refuses writes, and nothing once it takes them", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const productId = await newProduct(10);
    await history(productId);
    const { version } = await stock(productId);
    await book(`CREATE TRIGGER chaos BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'away'); END`);
    await receive(productId, 5);
    const behind = await verify(productId);
    expect(behind).toMatchObject({ version: version + 1, bookVersion: version });
    expect(behind.differences).toContainEqual({
      what: "event",
      fromVersion: version + 1,
      toVersion: version + 1,
    });
    expectProblem(
      await call(`POST /v1/admin/products/${productId}/reproject`, { key: ADMIN }),
      503,
      "book_unavailable",
    );
    await book("DROP TRIGGER chaos");
    expect((await verify(productId)).differences).toEqual([]);
  }, 30_000);

  it("a product nobody knows is 404 and stays unknown", async () => {
    for (const verb of ["verify", "reproject"]) {
      const answer = await call(`POST /v1/admin/products/nobody/${verb}`, { key: ADMIN });
      expectProblem(answer, 404, "product_not_found");
      expectProblem(await call(`POST /v1/admin/products/no%20body/${verb}`, { key: ADMIN }), 400);
      expectProblem(await call(`POST /v1/admin/products/nobody/${verb}`, { key: STAFF }), 403);
    }
  });

  it("all products, a page at a time, those without a row too", async () => {
    const ids = [await newProduct(1), await newProduct(2), await newProduct(3)];
    for (const productId of ids) await history(productId);
    const [wrong = "", rowless = ""] = ids;
    await book("UPDATE products SET on_hand = 5 WHERE product_id = ?", wrong);
    await book("DELETE FROM products WHERE product_id = ?", rowless);
    // What webhooks have to say stands in the book too, and is no product's.
    await book(
      `INSERT INTO events (product_id, version, type, at_ms, body)
       SELECT 'A:' || offset, 1, 'webhook.disabled', 0, '{}' FROM events LIMIT 9`,
    );
    const found: Verification[] = [];
    let differences = 0;
    for (let cursor: string | null = ""; cursor !== null;) {
      const body: object = { limit: 2, ...(cursor && { cursor }) };
      const page: VerificationPage = expectStatus(
        await call<VerificationPage>("POST /v1/admin/verify", { key: ADMIN, body }),
        200,
      );
      expect(page.checked).toBe(page.items.length);
      found.push(...page.items);
      differences += page.differences;
      cursor = page.nextCursor;
    }
    const verified = found.map(({ productId }) => productId);
    expect(verified).toEqual([...new Set(verified)].toSorted());
    expect(verified).toEqual(expect.arrayContaining(ids));
    expect(found.find(({ productId }) => productId === wrong)?.differences).toEqual([
      { what: "onHand", object: 1, events: 1, book: 5 },
    ]);
    expect(found.find(({ productId }) => productId === rowless)?.differences[0]?.what).toBe("product");
    expect(differences).toBe(found.reduce((sum, { differenceCount }) => sum + differenceCount, 0));
    const answer = await call("POST /v1/admin/verify", { key: ADMIN });
    expect(expectStatus(answer, 200)).toMatchObject({ nextCursor: null });
    for (const body of [{ limit: 0 }, { limit: 101 }, { cursor: "x" }, { more: 1 }])
      expectProblem(await call("POST /v1/admin/verify", { key: ADMIN, body }), 400, "validation_failed");
    await book("DELETE FROM events WHERE type = 'webhook.disabled'");
    for (const productId of [wrong, rowless]) expect((await reproject(productId)).differences).toEqual([]);
  });
});

describe("an object that does not answer", () => {
  it("is 503 by itself, and keeps nobody from verifying the others", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const [mute, other] = [await newProduct(1), await newProduct(1)];
    for (const productId of [mute, other]) await history(productId);
    const getByName = env.PRODUCT.getByName.bind(env.PRODUCT);
    const refuse = () => Promise.reject(new Error("no answer"));
    vi.spyOn(env.PRODUCT, "getByName").mockImplementation((name) =>
      name === mute ? ({ audit: refuse, reproject: refuse } as never) : getByName(name),
    );
    for (const verb of ["verify", "reproject"])
      expectProblem(await call(`POST /v1/admin/products/${mute}/${verb}`, { key: ADMIN }), 503, "overloaded");
    const body = { limit: 100 };
    const page = await call<VerificationPage>("POST /v1/admin/verify", { key: ADMIN, body });
    const { items, differences } = expectStatus(page, 200);
    const of = (id: string) => items.find(({ productId }) => productId === id)?.differences;
    expect(of(mute)).toEqual([{ what: "object", object: "did not answer" }]);
    expect(of(other)).toEqual([]);
    expect(differences).toBe(1);
  });
});

describe("reproject", () => {
  it("burns no offset, repeats no event, and leaves what is right alone", async () => {
    const { productId } = await lived();
    const all = () => env.BOOK.prepare("SELECT * FROM events ORDER BY offset").all();
    const rows = () => env.BOOK.prepare("SELECT * FROM reservations ORDER BY reservation_id").all();
    const events = (await all()).results;
    const reservations = (await rows()).results;
    expect(await reproject(productId)).toMatchObject({ reservations: 0, differences: [] });
    expect((await all()).results).toEqual(events);
    expect((await rows()).results).toEqual(reservations);
    await receive(productId, 1);
    await history(productId);
    expect((await all()).results.at(-1)).toMatchObject({ offset: Number(events.at(-1)?.["offset"]) + 1 });
  });

  it("writes KV's entry anew", async () => {
    const productId = await newProduct(1, { name: "In the catalog" });
    await history(productId);
    await env.CATALOG.delete(entryKey(productId));
    await reproject(productId);
    await eventually(
      () => env.CATALOG.get(entryKey(productId)),
      (entry) => expect(entry).toContain("In the catalog"),
    );
  });
});
