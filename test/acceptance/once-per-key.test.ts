/** Idempotency keys of requests that are not about one product: the same key, the same answer. CASES D-07, D-08. */
import { describe, expect, it } from "vitest";
import {
  ADMIN,
  call,
  everyItem,
  expectProblem,
  expectStatus,
  hold,
  newId,
  newLocation,
  newProduct,
  stock,
  type Answer,
} from "./api";

interface Asked {
  body?: unknown;
  key?: string;
}

function keyed(request: string, { body, key = ADMIN }: Asked = {}, idempotencyKey = newId("key")) {
  return call(request, {
    key,
    headers: { "Idempotency-Key": idempotencyKey },
    ...(body !== undefined && { body }),
  });
}

/** Sends it twice under one key: the second answer must be the first. Answers the first. */
async function twice(request: string, asked: Asked = {}, idempotencyKey = newId("key")) {
  const first = await keyed(request, asked, idempotencyKey);
  const again = await keyed(request, asked, idempotencyKey);
  expect(first.headers.get("Idempotency-Replayed"), request).toBeNull();
  expect(again.headers.get("Idempotency-Replayed"), request).toBe("true");
  expect(essence(again), request).toEqual(essence(first));
  expect(again.headers.get("X-Request-Id")).not.toBe(first.headers.get("X-Request-Id"));
  return first;
}

function essence({ status, text, headers }: Answer<unknown>) {
  return [status, text, headers.get("Content-Type"), headers.get("Location")];
}

const newPlace = () => ({ locationId: newId("loc"), name: "Key", priority: 5 });

describe.concurrent("under a key", () => {
  it("a location is made, changed and removed once, with one answer each", async () => {
    const body = newPlace();
    const path = `/v1/locations/${body.locationId}`;
    const key = newId("key");
    expectStatus(await twice("POST /v1/locations", { body }, key), 201);
    expectProblem(
      await keyed("POST /v1/locations", { body: newPlace() }, key),
      422,
      "idempotency_key_reused",
    );
    const renamed = await twice(`PATCH ${path}`, { body: { name: "One" } }, `${key}p`);
    expect(expectStatus(renamed, 200)).toMatchObject({ name: "One" });
    expectStatus(await keyed(`PATCH ${path}`, { body: { name: "Two" } }), 200);
    await keyed(`PATCH ${path}`, { body: { name: "One" } }, `${key}p`);
    const places = await everyItem<{ locationId: string; name: string }>("/v1/locations");
    expect(places.find(({ locationId }) => locationId === body.locationId)?.name).toBe("Two");
    expectStatus(await twice(`DELETE ${path}`), 204);
  });

  it("the path belongs to the request", async () => {
    const [a, b] = [await newLocation(), await newLocation()];
    const key = newId("key");
    expectStatus(await keyed(`DELETE /v1/locations/${a}`, {}, key), 204);
    expectProblem(await keyed(`DELETE /v1/locations/${b}`, {}, key), 422, "idempotency_key_reused");
    expectStatus(await keyed(`DELETE /v1/locations/${b}`), 204);
  });

  it("D-10: what was refused frees its key", async () => {
    const key = newId("key");
    const body = newPlace();
    const patch = { body: { name: "x" } };
    expectProblem(await keyed(`PATCH /v1/locations/${body.locationId}`, patch, key), 404);
    expectStatus(await keyed("POST /v1/locations", { body }, key), 201);
    const other = newId("key");
    expectProblem(await keyed("POST /v1/admin/verify", { body: { cursor: "none" } }, other), 400);
    expectStatus(await keyed("POST /v1/admin/verify", { body: { limit: 1 } }, other), 200);
  });

  it("a webhook is deleted once, and again the answer is the same", async () => {
    const body = { url: "https://example.com/hook" };
    const made = expectStatus(
      await call<{ webhookId: string }>("POST /v1/webhooks", { key: ADMIN, body }),
      201,
    );
    expectStatus(await twice(`DELETE /v1/webhooks/${made.webhookId}`), 204);
    expectProblem(await keyed(`DELETE /v1/webhooks/${made.webhookId}`), 404, "route_not_found");
  });

  it("verifying and writing anew are answered once", async () => {
    const productId = await newProduct(3);
    expectStatus(await twice(`POST /v1/admin/products/${productId}/verify`), 200);
    expectStatus(await twice("POST /v1/admin/verify", { body: { limit: 1 } }), 200);
    expectStatus(await twice(`POST /v1/admin/products/${productId}/reproject`), 200);
  });

  it.each(["confirm", "release"])("several reservations are asked to %s once", async (step) => {
    const [a, b] = [await newProduct(5), await newProduct(5)];
    const reservationIds = [await hold(a, 1), await hold(b, 1), await hold(a, 1)].map(
      (one) => one.reservationId,
    );
    const request = `POST /v1/reservations/${step}`;
    const key = newId("key");
    const first = await twice(request, { body: { reservationIds } }, key);
    expect(expectStatus(first, 200)).toMatchObject({ summary: { applied: 3, failed: 0 } });
    const other = await keyed(request, { body: { reservationIds: reservationIds.toReversed() } }, key);
    expectProblem(other, 422, "idempotency_key_reused");
    expect(await stock(a)).toMatchObject({ reserved: 0, onHand: step === "confirm" ? 3 : 5 });
  });

  it.each(["", "k".repeat(256), "naïve"])("a malformed key (%j) is 400 and nothing is done", async (key) => {
    const body = newPlace();
    expectProblem(await keyed("POST /v1/locations", { body }, key), 400, "validation_failed");
    expectStatus(await keyed("POST /v1/locations", { body }), 201);
  });

  it("every key is a request of its own, however near to another", async () => {
    const key = newId("key");
    for (const near of [key, `${key}#0`, `${key}:0`, `${key} 0`, `${key}0`]) {
      expectStatus(await keyed("POST /v1/locations", { body: newPlace() }, near), 201);
    }
  });
});
