/** CASES, "Expiry": a hold past its time never counts, whatever the alarm did. Clock and alarms are ours. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Envelope } from "../../src/domain/command";
import {
  act,
  call,
  eventually,
  events,
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
  reserve,
  stock,
  unchanged,
  type Answer,
  type BookEvent,
  type Reservation,
} from "./api";

function setClock(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: ms });
}

function expire(held: Reservation, pastMs = 1): void {
  setClock(Date.parse(held.expiresAt) + pastMs);
}

function alarm(productId: string): Promise<boolean> {
  return runDurableObjectAlarm(env.PRODUCT.getByName(productId));
}

function expiries(found: BookEvent[]): BookEvent[] {
  return found.filter((event) => event.type === "reservation.expired");
}

/**
 * Runs `attempt` twice. The first may find what has expired and say so in events, but no number moves; the
 * second finds nothing left to say. Answers the second.
 */
async function onlyExpired<T>(productId: string, attempt: () => Promise<T>): Promise<T> {
  const { onHand, reserved, available, levels } = await stock(productId);
  await attempt();
  expect(await stock(productId)).toMatchObject({ onHand, reserved, available, levels });
  return unchanged(productId, attempt);
}

afterEach(() => {
  vi.useRealTimers();
});

describe("expiry", () => {
  it("S-30: 1 ms past its time a hold does not count, 1 ms before it does; no alarm has run", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 4, { ttlSeconds: 60 });
    expire(held, -1);
    expect(await stock(productId)).toMatchObject({
      reserved: 4,
      available: 6,
      levels: [{ reserved: 4, available: 6 }],
    });
    expire(held, 1);
    expect(await stock(productId)).toMatchObject({
      reserved: 0,
      available: 10,
      levels: [{ reserved: 0, available: 10 }],
    });
    expect(await reservation(held.reservationId)).toMatchObject({ state: "expired", held: 0 });
    await hold(productId, 10);
  });

  it("S-30: a reader who has the numbers from before is told that they changed", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 4, { ttlSeconds: 60 });
    const paths = [`/v1/inventory/${productId}`, `/v1/reservations/${held.reservationId}`];
    const known = await Promise.all(paths.map((path) => call(`GET ${path}`)));
    const askAgain = ({ request, headers }: Answer<unknown>) =>
      call(request, { headers: { "If-None-Match": headers.get("ETag") ?? "" } });
    for (const answer of known) expectStatus(await askAgain(answer), 304);
    expire(held, 1);
    for (const answer of known) expectStatus(await askAgain(answer), 200);
  });

  it("S-30: the same at one location of several, for a check, and for who comes next", async () => {
    const [a, b] = [await newLocation(1), await newLocation(2)];
    const productId = await newProduct({ [a]: 5, [b]: 5 });
    const held = await hold(productId, 5, { ttlSeconds: 60, locationId: a });
    const check = () =>
      call(`POST /v1/inventory/${productId}/check`, { body: { quantity: 5, locationId: a } });
    expire(held, -1);
    expect((await check()).body).toMatchObject({ ok: false, available: 0 });
    expire(held, 1);
    expect((await check()).body).toMatchObject({ ok: true, available: 5 });
    expect(await levelOf(productId, a)).toMatchObject({ reserved: 0, available: 5 });
  });

  it.each([
    ["comes late", 1, 3_600_000],
    ["comes twice", 2, 1],
    ["never comes, but a reader does", 0, 1],
  ])("B-13: one event per hold when the alarm %s", async (_, alarms, lateMs) => {
    const productId = await newProduct(10);
    const holds = [];
    for (let i = 0; i < 3; i += 1) holds.push(await hold(productId, 1, { ttlSeconds: 60 }));
    await history(productId);
    const last = holds.at(-1);
    if (last) expire(last, lateMs);
    for (let i = 0; i < alarms; i += 1) await alarm(productId);
    expect(await stock(productId)).toMatchObject({ reserved: 0, available: 10 });
    const expired = await eventually(
      async () => expiries(await events({ productId })),
      (found) => expect(found.length).toBeGreaterThanOrEqual(3),
    );
    expect(expired.map((event) => event.data["reservationId"]).sort()).toEqual(
      holds.map((held) => held.reservationId).sort(),
    );
    // Whatever happens later, nothing expires again.
    await alarm(productId);
    await stock(productId);
    await receive(productId, 1);
    expect(expiries(await history(productId))).toHaveLength(3);
  });

  it("B-14: 5,000 holds due at once: numbers exact at once, events follow, reserves answer", async () => {
    const productId = await newProduct(5010);
    const product = env.PRODUCT.getByName(productId);
    const envelope: Envelope = {
      command: { verb: "reserve", quantity: 1, locationIds: ["main"], anyLocation: false, ttlSeconds: 60 },
      actor: "key:test",
      clamped: false,
    };
    for (let batch = 0; batch < 10; batch += 1) {
      const results = await product.execute(Array.from({ length: 500 }, () => envelope));
      expect(results.filter((result) => !result.ok)).toEqual([]);
    }
    expect(await stock(productId)).toMatchObject({ reserved: 5000, available: 10 });

    let now = Date.now() + 61_000;
    setClock(now);
    expect(await stock(productId)).toMatchObject({ reserved: 0, available: 5010 });
    let taken = 0;
    for (let turn = 0; turn < 100; turn += 1) {
      await hold(productId, 7, { ttlSeconds: 604_800 });
      taken += 7;
      expect(await stock(productId)).toMatchObject({
        onHand: 5010,
        reserved: taken,
        available: 5010 - taken,
      });
      await alarm(productId);
      const done = (await events({ productId, type: "reservation.expired" })).length;
      if (done >= 5000) break;
      // The clock stands still for this test alone; alarms are spaced by it.
      now += 1000;
      setClock(now);
    }
    const found = await history(productId, 20);
    const expired = expiries(found).map((event) => event.data["reservationId"]);
    expect(expired).toHaveLength(5000);
    expect(new Set(expired).size).toBe(5000);
    expect(found.map((event) => event.version)).toEqual(found.map((_, i) => i + 1));
  }, 90_000);

  it("B-15: a late payment is refused, or taken if the caller asks and the units are free", async () => {
    const productId = await newProduct(5);
    const held = await hold(productId, 5, { ttlSeconds: 60 });
    expire(held);
    expectProblem(await onlyExpired(productId, () => act(held, "confirm")), 410, "reservation_expired");
    expectProblem(await unchanged(productId, () => act(held, "confirm", { ifExpired: "reject" })), 410);
    const confirmed = expectStatus(await act(held, "confirm", { ifExpired: "reacquire" }), 200);
    expect(confirmed).toMatchObject({
      state: "confirmed",
      held: 0,
      confirmed: 5,
      inventory: { onHand: 0, reserved: 0 },
    });
    const again = await unchanged(productId, () => act(held, "confirm", { ifExpired: "reacquire" }));
    expectProblem(again, 409, "reservation_already_confirmed");
  });

  it("B-15: also when the alarm has swept the hold before", async () => {
    const productId = await newProduct(5);
    const held = await hold(productId, 5, { ttlSeconds: 60 });
    expire(held);
    await alarm(productId);
    expectProblem(await unchanged(productId, () => act(held, "confirm")), 410, "reservation_expired");
    const confirmed = expectStatus(await act(held, "confirm", { ifExpired: "reacquire" }), 200);
    expect(confirmed).toMatchObject({ state: "confirmed", confirmed: 5 });
    expect(await stock(productId)).toMatchObject({ onHand: 0, reserved: 0, available: 0 });
  });

  it("B-15: not when the units are taken", async () => {
    const productId = await newProduct(5);
    const held = await hold(productId, 5, { ttlSeconds: 60 });
    expire(held);
    await hold(productId, 1, { ttlSeconds: 604_800 });
    const answer = await unchanged(productId, () => act(held, "confirm", { ifExpired: "reacquire" }));
    expectProblem(answer, 409, "insufficient_stock");
  });

  it.each([
    ["release", "POST /v1/reservations/{hold}/release", {}],
    ["resize", "PATCH /v1/reservations/{hold}", { quantity: 1 }],
    ["extend", "POST /v1/reservations/{hold}/extend", { ttlSeconds: 600 }],
  ])("a hold past its time is not there to %s, though its units are free", async (_, request, body) => {
    const productId = await newProduct(5);
    const held = await hold(productId, 2, { ttlSeconds: 60 });
    expire(held);
    const send = () => call(request.replace("{hold}", held.reservationId), { body });
    expectProblem(await onlyExpired(productId, send), 410, "reservation_expired");
  });

  it("an order's expired hold is not released again with the order", async () => {
    const productId = await newProduct(10);
    const orderId = newId("O");
    const early = await hold(productId, 2, { orderId, ttlSeconds: 60 });
    const late = await hold(productId, 3, { orderId, ttlSeconds: 600 });
    expire(early);
    const answer = await call(`POST /v1/inventory/${productId}/release`, { body: { orderId } });
    expect(expectStatus(answer, 200)).toMatchObject({
      releasedQuantity: 3,
      inventory: { reserved: 0, available: 10 },
    });
    expect(await reservation(early.reservationId)).toMatchObject({ state: "expired" });
    expect(await reservation(late.reservationId)).toMatchObject({ state: "released", released: 3 });
  });

  it("an extended hold lives until its new time and ends then", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 2, { ttlSeconds: 60 });
    const extended = expectStatus(await act(held, "extend", { ttlSeconds: 600 }), 200);
    expire(held, 1);
    await alarm(productId);
    expect(await stock(productId)).toMatchObject({ reserved: 2 });
    expire(extended, 1);
    expect(await stock(productId)).toMatchObject({ reserved: 0 });
  });

  it("the list of reservations knows it too, once the book has it", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 2, { ttlSeconds: 60 });
    expire(held, 1);
    await alarm(productId);
    const read = () =>
      call<{ items: Reservation[] }>(`GET /v1/reservations?productId=${productId}&state=expired`);
    await eventually(read, (answer) => {
      expect(answer.body.items.map((row) => row.reservationId)).toEqual([held.reservationId]);
    });
  });
});

describe("retention", () => {
  it("a reservation long resolved is still told, though its object may have forgotten it", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 2, { orderId: newId("O") });
    const confirmed = expectStatus(await act(held, "confirm"), 200);
    await history(productId);
    for (const days of [2, 40, 370, 740, 741]) {
      setClock(Date.parse(held.createdAt) + days * 24 * 3_600_000);
      await alarm(productId);
      const { state, quantity, version, orderId } = await reservation(held.reservationId);
      expect({ state, quantity, version, orderId }, `after ${days} days`).toEqual({
        state: "confirmed",
        quantity: 2,
        version: confirmed.version,
        orderId: held.orderId,
      });
      expect(await stock(productId)).toMatchObject({ onHand: 8, reserved: 0 });
    }
  });

  it("a hold without expiry outlives everything", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 2, { ttlSeconds: null });
    await history(productId);
    for (const days of [2, 40, 370, 740, 741]) {
      setClock(Date.parse(held.createdAt) + days * 24 * 3_600_000);
      await alarm(productId);
    }
    expect(expectStatus(await act(held, "confirm"), 200)).toMatchObject({ confirmed: 2 });
    expect(await stock(productId)).toMatchObject({ onHand: 8, reserved: 0 });
  });

  it("a key is remembered for a day", async () => {
    const productId = await newProduct(10);
    const options = { headers: { "Idempotency-Key": "cart-1" } };
    const send = () => reserve(productId, { quantity: 1, ttlSeconds: 604_800 }, options);
    const first = await send();
    await history(productId);
    setClock(Date.now() + 23 * 3_600_000);
    await alarm(productId);
    expect(expectStatus(await send(), 201)).toEqual(first.body);
    expect(await stock(productId)).toMatchObject({ reserved: 1 });
  });
});
