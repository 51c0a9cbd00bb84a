/** Whose hold is it: what a storefront key sees and resolves is what it made; hand-overs, customers and time have ends. */
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  ADMIN,
  call,
  newProduct,
  receive,
  expectProblem,
  expectStatus,
  newId,
  SHOP,
  STAFF,
  type Reservation,
} from "./api";

const OTHER = "other-shop";
const CARE = "care";
const DAY_MS = 24 * 3_600_000;

async function reserve(productId: string, body: object = {}, key = SHOP): Promise<Reservation> {
  const answer = await call<Reservation>(`POST /v1/inventory/${productId}/reserve`, {
    key,
    body: { quantity: 1, ...body },
  });
  return expectStatus(answer, 201);
}

const tryReserve = (productId: string, body: object, key = SHOP) =>
  call<Reservation>(`POST /v1/inventory/${productId}/reserve`, { key, body: { quantity: 1, ...body } });

afterEach(() => void vi.useRealTimers());

describe("a storefront key", () => {
  it("does not see a reservation that another key made", async () => {
    const productId = await newProduct(10);
    const { reservationId } = await reserve(productId);
    const path = `/v1/reservations/${reservationId}`;
    expectStatus(await call(`GET ${path}`, { key: SHOP }), 200);
    expectProblem(await call(`GET ${path}`, { key: OTHER }), 404, "reservation_not_found");
    expectStatus(await call(`GET ${path}`, { key: CARE }), 200);
    expectStatus(await call(`GET ${path}`, { key: STAFF }), 200);
    expectProblem(await call(`GET ${path}`, { key: "only-stock:read" }), 403, "forbidden");
  });

  it.each([
    ["PATCH", "", { quantity: 2 }],
    ["POST", "/confirm", {}],
    ["POST", "/release", {}],
    ["POST", "/extend", { ttlSeconds: 3600 }],
    ["DELETE", "", undefined],
  ])("cannot %s%s it", async (method, step, body) => {
    const productId = await newProduct(10);
    const made = await reserve(productId);
    const path = `/v1/reservations/${made.reservationId}${step}`;
    expectProblem(await call(`${method} ${path}`, { key: OTHER, body }), 404, "reservation_not_found");
    const seen = await call<Reservation>(`GET /v1/reservations/${made.reservationId}`, { key: SHOP });
    expect(expectStatus(seen, 200)).toMatchObject({ state: "held", held: 1, version: made.version });
  });

  it("cannot resolve several that another key made, and names none of them as its own", async () => {
    const productId = await newProduct(10);
    const { reservationId } = await reserve(productId);
    const mine = await reserve(productId, {}, OTHER);
    const body = { reservationIds: [reservationId, mine.reservationId] };
    const answer = await call<{ results: { applied: boolean; code?: string }[] }>(
      "POST /v1/reservations/confirm",
      { key: OTHER, body },
    );
    expect(expectStatus(answer, 200).results).toMatchObject([
      { applied: false, code: "reservation_not_found" },
      { applied: true },
    ]);
  });

  it("cannot hand over a hold that another key made", async () => {
    const productId = await newProduct(1);
    const { reservationId } = await reserve(productId);
    const answer = await tryReserve(productId, { supersedes: reservationId }, OTHER);
    expectProblem(answer, 404, "reservation_not_found");
    expectStatus(await tryReserve(productId, { supersedes: reservationId }, CARE), 201);
  });

  it("releases by order only what it made", async () => {
    const productId = await newProduct(10);
    const orderId = newId("order");
    await reserve(productId, { orderId, quantity: 2 });
    await reserve(productId, { orderId, quantity: 3 }, OTHER);
    const path = `POST /v1/inventory/${productId}/release`;
    const released = await call<{ releasedQuantity: number }>(path, { key: OTHER, body: { orderId } });
    expect(expectStatus(released, 200).releasedQuantity).toBe(3);
    expectProblem(await call(path, { key: OTHER, body: { orderId } }), 404, "reservation_not_found");
    expect(
      expectStatus(await call<{ releasedQuantity: number }>(path, { key: CARE, body: { orderId } }), 200),
    ).toMatchObject({ releasedQuantity: 2 });
  });

  it("lists what it made, and staff all", async () => {
    const productId = await newProduct(10);
    const orderId = newId("order");
    const mine = await reserve(productId, { orderId });
    const theirs = await reserve(productId, { orderId }, OTHER);
    const list = async (key: string) => {
      const answer = await call<{ items: Reservation[] }>(`GET /v1/reservations?orderId=${orderId}`, { key });
      return expectStatus(answer, 200).items.map((item) => item.reservationId);
    };
    await vi.waitFor(async () => expect(await list(STAFF)).toHaveLength(2), { timeout: 5000 });
    expect(await list(SHOP)).toEqual([mine.reservationId]);
    expect(await list(OTHER)).toEqual([theirs.reservationId]);
    expect((await list(CARE)).toSorted()).toEqual([mine.reservationId, theirs.reservationId].toSorted());
  });

  it("does not find in the book what another key made and the product has let go of", async () => {
    const productId = await newProduct(10);
    const { reservationId } = await reserve(productId);
    const path = `DELETE /v1/products/${productId}?force=true&reason=gone`;
    expectStatus(await call(path, { key: ADMIN }), 204);
    const read = (key: string) => call(`GET /v1/reservations/${reservationId}`, { key });
    expectStatus(await read(SHOP), 200);
    expectProblem(await read(OTHER), 404, "reservation_not_found");
    expectStatus(await read(STAFF), 200);
  });

  it("cannot take units back: that needs stock:write", async () => {
    const productId = await newProduct(10);
    const { reservationId } = await reserve(productId);
    expectStatus(await call(`POST /v1/reservations/${reservationId}/confirm`, { key: SHOP, body: {} }), 200);
    const body = { quantity: 1, restock: true, reason: "unwanted" };
    const path = `POST /v1/reservations/${reservationId}/return`;
    expectProblem(await call(path, { key: SHOP, body }), 403, "forbidden");
    expectProblem(await call(path, { key: "only-stock:write", body }), 404, "reservation_not_found");
    expectStatus(await call(path, { key: STAFF, body }), 200);
  });

  it("is told what it may do, and events name it by that id", async () => {
    const productId = await newProduct(10);
    await reserve(productId);
    const self = await call<{ keyId: string; scopes: string[] }>("GET /v1/keys/self", { key: SHOP });
    const { keyId, ...rest } = expectStatus(self, 200);
    expect(rest).toEqual({
      name: "API_KEYS",
      scopes: ["catalog:read", "stock:read", "reservations:write"],
      origins: null,
      expiresAt: null,
    });
    await vi.waitFor(async () => {
      const path = `GET /v1/inventory/events?productId=${productId}&type=reservation.held`;
      const answer = await call<{ events: { actor: string }[] }>(path);
      expect(expectStatus(answer, 200).events.map(({ actor }) => actor)).toEqual([`key:${keyId}`]);
    });
  });
});

describe("a hold", () => {
  it("is handed over once, however many ask at the same time", async () => {
    const productId = await newProduct(1000);
    const { reservationId } = await reserve(productId, { quantity: 5 });
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => tryReserve(productId, { quantity: 5, supersedes: reservationId })),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    for (const refused of answers.filter(({ status }) => status !== 201)) {
      const problem = expectProblem(refused, 409, "reservation_already_released");
      expect(problem).toMatchObject({ supersededBy: made[0]?.body.reservationId });
    }
    const stock = await call<{ reserved: number }>(`GET /v1/inventory/${productId}`);
    expect(expectStatus(stock, 200).reserved).toBe(5);
  });

  it("that was handed over and paid cannot be handed over and paid again", async () => {
    const productId = await newProduct(10);
    const first = await reserve(productId);
    const second = await reserve(productId, { supersedes: first.reservationId });
    expectStatus(
      await call(`POST /v1/reservations/${second.reservationId}/confirm`, { key: SHOP, body: {} }),
      200,
    );
    const again = await tryReserve(productId, { supersedes: first.reservationId });
    const problem = expectProblem(again, 409, "reservation_already_released");
    expect(problem).toMatchObject({ supersededBy: second.reservationId });
    const paid = await tryReserve(productId, { supersedes: second.reservationId });
    expectProblem(paid, 409, "reservation_already_confirmed");
  });

  it("that was plainly released, or has expired, may be named and gives nothing", async () => {
    const productId = await newProduct(2);
    const released = await reserve(productId);
    expectStatus(await call(`DELETE /v1/reservations/${released.reservationId}`, { key: SHOP }), 200);
    await reserve(productId, { supersedes: released.reservationId });
    await reserve(productId, { supersedes: released.reservationId });
    const full = await tryReserve(productId, { supersedes: released.reservationId });
    expectProblem(full, 409, "insufficient_stock");
  });

  it("lives at most 30 days for a storefront, however often it is extended", async () => {
    const productId = await newProduct(10);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const made = await reserve(productId, { ttlSeconds: 604_800 });
    const path = `/v1/reservations/${made.reservationId}`;
    const end = Date.parse(made.createdAt) + 30 * DAY_MS;
    for (const day of [6, 12, 18, 24]) {
      vi.setSystemTime(Date.parse(made.createdAt) + day * DAY_MS);
      const answer = await call<Reservation>(`POST ${path}/extend`, {
        key: SHOP,
        body: { ttlSeconds: 604_800 },
      });
      expect(Date.parse(expectStatus(answer, 200).expiresAt ?? "")).toBeLessThanOrEqual(end);
    }
    vi.setSystemTime(end - DAY_MS);
    const body = { ttlSeconds: 604_800 };
    const refused = await call(`POST ${path}/extend`, { key: SHOP, body });
    expect(expectProblem(refused, 409, "extension_limit_reached")).toMatchObject({ limitDays: 30 });
    expectStatus(await call(`POST ${path}/extend`, { key: STAFF, body }), 200);
  });

  it("counts its days and its extensions over a chain of hand-overs", async () => {
    const productId = await newProduct(10);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    let hold = await reserve(productId, { ttlSeconds: 60 });
    const startedAt = Date.parse(hold.createdAt);
    for (let extension = 1; extension <= 10; extension += 1) {
      const body = { ttlSeconds: 60 + extension };
      const path = `POST /v1/reservations/${hold.reservationId}/extend`;
      expectStatus(await call(path, { key: SHOP, body }), 200);
      hold = await reserve(productId, { ttlSeconds: 60, supersedes: hold.reservationId });
    }
    const more = await call(`POST /v1/reservations/${hold.reservationId}/extend`, {
      key: SHOP,
      body: { ttlSeconds: 600 },
    });
    expectProblem(more, 409, "extension_limit_reached");
    for (let day = 6; day < 30; day += 6) {
      hold = await reserve(productId, { ttlSeconds: 604_800, supersedes: hold.reservationId });
      vi.setSystemTime(startedAt + day * DAY_MS);
    }
    hold = await reserve(productId, { ttlSeconds: 604_800, supersedes: hold.reservationId });
    expect(Date.parse(hold.expiresAt ?? "")).toBe(startedAt + 30 * DAY_MS);
  });
});

describe("maxPerCustomer", () => {
  async function limited(): Promise<string> {
    const productId = await newProduct(100);
    expectStatus(await call(`PATCH /v1/products/${productId}`, { body: { maxPerCustomer: 2 } }), 200);
    return productId;
  }

  it("is not passed by saying no name", async () => {
    const productId = await limited();
    expectProblem(await tryReserve(productId, {}), 422, "customer_required");
    const lines = [{ productId, quantity: 1 }];
    const order = { orderId: newId("order"), lines };
    expectProblem(await call("POST /v1/reservations", { key: SHOP, body: order }), 422, "customer_required");
    expectStatus(await tryReserve(productId, {}, STAFF), 201);
  });

  it.each(["ann ", "  ann", "\tann", "ann\n"])("counts %j with ann", async (customerId) => {
    const productId = await limited();
    await reserve(productId, { customerId: "ann", quantity: 2 });
    expectProblem(await tryReserve(productId, { customerId }), 409, "customer_limit_reached");
  });

  it("counts composed and decomposed letters as one", async () => {
    const productId = await limited();
    await reserve(productId, { customerId: "Zo\u00eb", quantity: 2 });
    expectProblem(await tryReserve(productId, { customerId: "Zoe\u0308" }), 409, "customer_limit_reached");
  });

  it.each([
    "an\u200bn",
    "an\u00adn",
    "ann\ufe0f",
    "an\u034fn",
    "an\u00a0n",
    "an\u3164n",
    "\u202eann",
    " \u200b ",
  ])("takes no customer with what cannot be seen: %j", async (customerId) => {
    const productId = await limited();
    expectProblem(await tryReserve(productId, { customerId }), 400, "validation_failed");
  });
});

describe("what an audit found", () => {
  it("a reservation has one version, in its answer, in lists and as a lock", async () => {
    const productId = await newProduct(10);
    expectStatus(await call(`PATCH /v1/products/${productId}`, { body: { minimumStockLevel: 5 } }), 200);
    const made = await reserve(productId, { quantity: 7 });
    const listed = await vi.waitFor(
      async () => {
        const answer = await call<{ items: Reservation[] }>(`GET /v1/reservations?productId=${productId}`);
        const [item] = expectStatus(answer, 200).items;
        return item ?? expect.fail("not in the book yet");
      },
      { timeout: 5000 },
    );
    expect(listed.version).toBe(made.version);
    const headers = { "If-Match": `"${listed.version}"` };
    const path = `POST /v1/reservations/${made.reservationId}/extend`;
    expectStatus(await call(path, { key: SHOP, headers, body: { ttlSeconds: 3600 } }), 200);
  });

  it("a reservation whose product has changed since is no 304: the numbers in it are new", async () => {
    const productId = await newProduct(10);
    const made = await reserve(productId);
    const read = () => {
      const headers = { "If-None-Match": `"${made.version}"` };
      return call<Reservation>(`GET /v1/reservations/${made.reservationId}`, { key: SHOP, headers });
    };
    expectStatus(await read(), 304);
    await receive(productId, 5);
    const fresh = expectStatus(await read(), 200);
    expect(fresh).toMatchObject({ version: made.version, inventory: { onHand: 15 } });
  });

  it("what became of a reservation is said after its product was deleted, and its order goes on without it", async () => {
    const [gone, left] = [await newProduct(5), await newProduct(5)];
    const orderId = newId("order");
    const lines = [gone, left].map((productId) => ({ productId, quantity: 1 }));
    const placed = await call<{ reservations: Reservation[] }>("POST /v1/reservations", {
      body: { orderId, lines },
    });
    const lost = expectStatus(placed, 201).reservations.find(({ productId }) => productId === gone);
    expectStatus(await call(`DELETE /v1/products/${gone}?force=true&reason=gone`, { key: ADMIN }), 204);
    const path = `/v1/reservations/${lost?.reservationId}`;
    expectProblem(await call(`POST ${path}/confirm`, { body: {} }), 409, "reservation_already_released");
    const cancelled = await call<Reservation>(`DELETE ${path}`);
    expect(expectStatus(cancelled, 200)).toMatchObject({ state: "released", held: 0 });
    const sold = await call<{ reservations: Reservation[] }>("POST /v1/reservations/confirm", {
      body: { orderId },
    });
    expect(expectStatus(sold, 200)).toMatchObject({ state: "confirmed" });
    const read = await call<{ reservations: Reservation[] }>(`GET /v1/orders/${orderId}`);
    for (const one of expectStatus(read, 200).reservations)
      expect(one.inventory).toMatchObject({ reserved: 0 });
  });

  it("a check is refused where its reserve would be", async () => {
    const productId = await newProduct(1);
    const { reservationId } = await reserve(productId);
    const check = (body: object, key = "other-shop") =>
      call(`POST /v1/inventory/${productId}/check`, { key, body: { quantity: 1, ...body } });
    expectProblem(await check({ ttlSeconds: null }), 403, "forbidden");
    expectProblem(await check({ supersedes: reservationId }), 404, "reservation_not_found");
    expect(expectStatus(await check({ supersedes: reservationId }, SHOP), 200)).toMatchObject({ ok: true });
    expect(expectStatus(await check({}, SHOP), 200)).toMatchObject({
      ok: false,
      reason: "insufficient_stock",
    });
  });

  it("a row that nests too deeply is its own error, with a key for the request as without", async () => {
    const productId = await newProduct(1);
    const deep = `${"[".repeat(6000)}${"]".repeat(6000)}`;
    const good = { op: "adjust", productId, delta: 1, type: "receipt", reason: "good" };
    const body = `{"operations":[${JSON.stringify(good)},{"x":${deep}}]}`;
    for (const headers of [{}, { "Idempotency-Key": newId("deep") }]) {
      const answer = await call<{ results: { applied: boolean; code?: string }[] }>(
        "POST /v1/inventory/bulk",
        { body, headers: { "Content-Type": "application/json", ...headers } },
      );
      expect(expectStatus(answer, 200).results).toMatchObject([
        { applied: true },
        { applied: false, code: "validation_failed" },
      ]);
    }
  });
});
