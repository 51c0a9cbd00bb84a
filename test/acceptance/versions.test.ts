/** CASES, "Versions and idempotency": one effect per key, no change to numbers the caller has not seen. */
import { abortAllDurableObjects } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import {
  act,
  ADMIN,
  call,
  count,
  expectProblem,
  expectStatus,
  hold,
  newId,
  newProduct,
  receive,
  reservation,
  reserve,
  STAFF,
  stock,
  unchanged,
  type Answer,
  type Product,
  type Reservation,
  type Stock,
} from "./api";

function withKey(key: string): { headers: Record<string, string> } {
  return { headers: { "Idempotency-Key": key } };
}

function expectReplay(first: Answer<unknown>, again: Answer<unknown>): void {
  expectStatus(again, first.status);
  expect(again.text).toBe(first.text);
  expect(again.headers.get("Idempotency-Replayed"), again.request).toBe("true");
  expect(again.headers.get("ETag"), again.request).toBe(first.headers.get("ETag"));
}

describe("versions", () => {
  it("D-05: a change against an old version is refused with the numbers of now, else applied", async () => {
    const productId = await newProduct(10);
    for (const newQuantity of [11, 12, 13]) expectStatus(await count(productId, { newQuantity }), 200);
    const { version: current } = await stock(productId);
    const stale = await unchanged(productId, () =>
      count(productId, { newQuantity: 20, version: current - 1 }),
    );
    const problem = expectProblem(stale, 409, "version_conflict");
    expect(problem).toMatchObject({
      expected: current - 1,
      current,
      inventory: { onHand: 13, reserved: 0, available: 13, version: current },
    });
    const applied = expectStatus(await count(productId, { newQuantity: 20, version: current }), 200);
    expect(applied).toMatchObject({ onHand: 20, version: current + 1 });
  });

  it("If-Match against an old version is 412 with the same facts, else applied", async () => {
    const productId = await newProduct(10);
    const old = await call<Stock>(`GET /v1/inventory/${productId}`);
    const etag = old.headers.get("ETag") ?? "";
    expect(etag).toBe(`"${old.body.version}"`);
    const { version: current } = await receive(productId, 1);
    const put = (ifMatch: string) =>
      count(productId, { newQuantity: 20 }, { headers: { "If-Match": ifMatch } });
    const problem = expectProblem(await unchanged(productId, () => put(etag)), 412, "version_conflict");
    expect(problem).toMatchObject({
      expected: old.body.version,
      current,
      inventory: { onHand: 11, reserved: 0, available: 11, version: current },
    });
    const applied = await put(`"${current}"`);
    expectStatus(applied, 200);
    expect(applied.headers.get("ETag")).toBe(`"${applied.body.version}"`);
  });

  it("an adjustment against an old version is refused too", async () => {
    const productId = await newProduct(10);
    const { version } = await stock(productId);
    const body = { delta: 1, type: "receipt", reason: "delivered", version };
    const adjust = () => call<Stock>(`POST /v1/inventory/${productId}/adjust`, { body });
    expectStatus(await adjust(), 200);
    expectProblem(await unchanged(productId, adjust), 409, "version_conflict");
  });

  it("twenty changes at once against one version: one is applied", async () => {
    const productId = await newProduct(10);
    const { version } = await stock(productId);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => count(productId, { newQuantity: 100 + i, version })),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 409)).toHaveLength(19);
    expect(await stock(productId)).toMatchObject({ version: version + 1 });
  });

  it("If-None-Match answers 304 until the representation changes", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 1);
    const paths = [
      `/v1/inventory/${productId}`,
      `/v1/products/${productId}`,
      `/v1/reservations/${held.reservationId}`,
    ];
    for (const path of paths) {
      const read = (headers: Record<string, string>) => call<{ version: number }>(`GET ${path}`, { headers });
      const first = await read({});
      const etag = first.headers.get("ETag") ?? "";
      expect(etag, path).toBe(`"${expectStatus(first, 200).version}"`);
      const same = await read({ "If-None-Match": etag });
      expectStatus(same, 304);
      expect(same.text).toBe("");
      expect(same.headers.get("ETag")).toBe(etag);
      expectStatus(await read({ "If-None-Match": '"0"' }), 200);
    }
    const before = (await call(`GET ${paths[0]}`)).headers.get("ETag") ?? "";
    await receive(productId, 1);
    expectStatus(await call(`GET ${paths[0]}`, { headers: { "If-None-Match": before } }), 200);
  });

  it("a product's and a reservation's version move only when that representation changes", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 1);
    const path = `/v1/products/${productId}`;
    const fresh = { headers: { "Cache-Control": "no-cache" } };
    const product = expectStatus(await call<Product>(`GET ${path}`, fresh), 200);
    await hold(productId, 1);
    await receive(productId, 5);
    expect((await reservation(held.reservationId)).version).toBe(held.version);
    expect(expectStatus(await call<Product>(`GET ${path}`, fresh), 200).version).toBe(product.version);
    const headers = { "If-Match": `"${product.version}"` };
    expectStatus(await call(`PATCH ${path}`, { body: { name: "Renamed" }, headers }), 200);
    expectProblem(await call(`PATCH ${path}`, { body: { name: "Again" }, headers }), 412, "version_conflict");
    const ifHeld = { "If-Match": `"${held.version}"` };
    const resize = () =>
      call(`PATCH /v1/reservations/${held.reservationId}`, { body: { quantity: 2 }, headers: ifHeld });
    expectStatus(await resize(), 200);
    expectProblem(await resize(), 412, "version_conflict");
  });
});

describe("idempotency", () => {
  it("D-07: twice the same request has one effect and one answer", async () => {
    const productId = await newProduct(10);
    const send = () => reserve(productId, { quantity: 2 }, withKey("cart-1"));
    const first = await send();
    expectStatus(first, 201);
    expect(first.headers.get("Idempotency-Replayed")).toBeNull();
    expectReplay(first, await unchanged(productId, send));
    expect(await stock(productId)).toMatchObject({ reserved: 2 });
  });

  it("D-07: twenty times at once too", async () => {
    const productId = await newProduct(10);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => reserve(productId, { quantity: 2 }, withKey("cart-1"))),
    );
    for (const answer of answers) expectStatus(answer, 201);
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get("Idempotency-Replayed") === "true")).toHaveLength(
      19,
    );
    expect(await stock(productId)).toMatchObject({ reserved: 2, available: 8 });
  });

  it("D-08: the same key for another request is refused, and the first effect stands", async () => {
    const productId = await newProduct(10);
    expectStatus(await reserve(productId, { quantity: 2 }, withKey("cart-1")), 201);
    const other = await unchanged(productId, () => reserve(productId, { quantity: 3 }, withKey("cart-1")));
    expectProblem(other, 422, "idempotency_key_reused");
    const elsewhere = await unchanged(productId, () =>
      count(productId, { newQuantity: 99 }, withKey("cart-1")),
    );
    expectProblem(elsewhere, 422, "idempotency_key_reused");
    expect(await stock(productId)).toMatchObject({ onHand: 10, reserved: 2 });
  });

  it("D-08: the same step of another hold is another request", async () => {
    const productId = await newProduct(10);
    const [first, second] = [await hold(productId, 1), await hold(productId, 1)];
    const cancel = ({ reservationId }: Reservation) =>
      call(`DELETE /v1/reservations/${reservationId}`, withKey("cancel"));
    expectStatus(await cancel(first), 200);
    expectProblem(await unchanged(productId, () => cancel(second)), 422, "idempotency_key_reused");
  });

  it("D-07: the order of fields and white space do not make another request", async () => {
    const productId = await newProduct(10);
    const orderId = newId("O");
    const headers = { "Content-Type": "application/json", ...withKey("cart-1").headers };
    const first = await reserve(productId, { quantity: 2, orderId }, { headers });
    const request = `POST /v1/inventory/${productId}/reserve`;
    const again = await call(request, { body: `{ "orderId": "${orderId}",\n "quantity": 2 }`, headers });
    expectReplay(first, again);
  });

  it("D-09: keys belong to a product", async () => {
    for (const productId of [await newProduct(10), await newProduct(10)]) {
      const answer = await reserve(productId, { quantity: 2 }, withKey("same-key"));
      expect(expectStatus(answer, 201).productId).toBe(productId);
      expect(answer.headers.get("Idempotency-Replayed")).toBeNull();
      expect(await stock(productId)).toMatchObject({ reserved: 2 });
    }
  });

  it("keys belong to a credential", async () => {
    const productId = await newProduct(10);
    for (const key of [STAFF, ADMIN]) {
      const answer = await reserve(productId, { quantity: 2 }, { key, ...withKey("same-key") });
      expectStatus(answer, 201);
      expect(answer.headers.get("Idempotency-Replayed")).toBeNull();
    }
    expect(await stock(productId)).toMatchObject({ reserved: 4 });
  });

  it("D-10: a refused request that is corrected is judged anew under the same key", async () => {
    const productId = await newProduct(5);
    expectProblem(await reserve(productId, { quantity: 6 }, withKey("cart-1")), 409, "insufficient_stock");
    const corrected = await reserve(productId, { quantity: 5 }, withKey("cart-1"));
    expect(expectStatus(corrected, 201).held).toBe(5);
    expectReplay(corrected, await reserve(productId, { quantity: 5 }, withKey("cart-1")));
  });

  it("D-10: the same request is judged anew once there is stock", async () => {
    const productId = await newProduct(5);
    const send = () => reserve(productId, { quantity: 6 }, withKey("cart-1"));
    expectProblem(await send(), 409, "insufficient_stock");
    await receive(productId, 1);
    expectStatus(await send(), 201);
  });

  it("D-11: a key has 1 to 255 characters", async () => {
    const productId = await newProduct(5);
    for (const key of ["k".repeat(256), ""]) {
      const answer = await unchanged(productId, () => reserve(productId, { quantity: 1 }, withKey(key)));
      expectProblem(answer, 400, "validation_failed");
    }
    expectStatus(await reserve(productId, { quantity: 1 }, withKey("k".repeat(255))), 201);
    expectStatus(await reserve(productId, { quantity: 1 }, withKey("k")), 201);
  });

  it("a key on a GET is ignored", async () => {
    const productId = await newProduct(5);
    const read = () => call<Stock>(`GET /v1/inventory/${productId}`, withKey("read-1"));
    await read();
    await receive(productId, 1);
    const again = await read();
    expect(expectStatus(again, 200).onHand).toBe(6);
    expect(again.headers.get("Idempotency-Replayed")).toBeNull();
  });

  it("D-12: when everything stops after the commit, the retry gets the stored answer", async () => {
    const productId = await newProduct(10);
    const send = () => reserve(productId, { quantity: 2 }, withKey("cart-1"));
    const first = await send();
    expectStatus(first, 201);
    await abortAllDurableObjects();
    expectReplay(first, await send());
    expect(await stock(productId)).toMatchObject({ reserved: 2, available: 8 });
  });

  it("D-12: when everything stops amid twenty requests, retries make each of them once", async () => {
    const productId = await newProduct(100);
    const send = (i: number) => reserve(productId, { quantity: 1 }, withKey(`cart-${i}`));
    const cut = Promise.allSettled(Array.from({ length: 20 }, (_, i) => send(i)));
    await abortAllDurableObjects();
    const known = new Map<number, string>();
    for (const [i, outcome] of (await cut).entries()) {
      if (outcome.status === "fulfilled" && outcome.value.status === 201) known.set(i, outcome.value.text);
    }
    const retried = await Promise.all(Array.from({ length: 20 }, (_, i) => send(i)));
    for (const [i, answer] of retried.entries()) {
      expectStatus(answer, 201);
      if (known.has(i)) expect(answer.text).toBe(known.get(i));
    }
    expect(await stock(productId)).toMatchObject({ reserved: 20, available: 80 });
  });
});

describe("every mutation of a product is replayed", () => {
  const orderId = "O-1";
  it.each([
    ["create", "POST /v1/products", { productId: newId("P"), name: "New" }],
    ["create with stock", "POST /v1/inventory", { productId: newId("P"), initialQuantity: 3 }],
    ["edit", "PATCH /v1/products/{product}", { name: "Other" }],
    ["delete", "DELETE /v1/products/{product}?force=true&reason=gone", undefined],
    ["count", "PUT /v1/inventory/{product}", { newQuantity: 30, reason: "x" }],
    ["adjust", "POST /v1/inventory/{product}/adjust", { delta: 3, type: "receipt", reason: "x" }],
    ["set level", "PATCH /v1/inventory/{product}/levels/main", { safetyStock: 1 }],
    ["release of an order", "POST /v1/inventory/{product}/release", { orderId, quantity: 1 }],
    ["resize", "PATCH /v1/reservations/{hold}", { quantity: 4 }],
    ["extend", "POST /v1/reservations/{hold}/extend", { ttlSeconds: 5000 }],
    ["release", "POST /v1/reservations/{hold}/release", { quantity: 1 }],
    ["cancel", "DELETE /v1/reservations/{hold}", undefined],
  ])("%s", async (_, request, body) => {
    const productId = await newProduct(10);
    const held = await hold(productId, 3, { orderId });
    const concrete = request.replace("{product}", productId).replace("{hold}", held.reservationId);
    const send = () => call(concrete, { body, key: ADMIN, ...withKey("once") });
    const first = await send();
    expect(first.status, first.text).toBeLessThan(300);
    expectReplay(first, await send());
  });

  it("return", async () => {
    const held = await hold(await newProduct(10), 3);
    expectStatus(await act(held, "confirm"), 200);
    const body = { quantity: 1, restock: true, reason: "too small" };
    const send = () =>
      call(`POST /v1/reservations/${held.reservationId}/return`, { body, ...withKey("once") });
    const first = await send();
    expectStatus(first, 200);
    expectReplay(first, await send());
  });
});
