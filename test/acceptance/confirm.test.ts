/** CASES, "Confirm, return", and how a reservation ends: once, and every later attempt is told how. */
import { describe, expect, it } from "vitest";
import {
  act,
  allowBackorder,
  call,
  eventually,
  expectProblem,
  expectStatus,
  hold,
  newId,
  newProduct,
  receive,
  reservation,
  stock,
  unchanged,
  type Page,
  type Reservation,
} from "./api";

interface Movement {
  type: string;
  delta: number;
}

function confirmWithKey(held: Reservation, key: string) {
  const request = `POST /v1/reservations/${held.reservationId}/confirm`;
  return call<Reservation>(request, { body: {}, headers: { "Idempotency-Key": key } });
}

function cancel(held: Reservation) {
  return call<Reservation>(`DELETE /v1/reservations/${held.reservationId}`);
}

describe("confirm", () => {
  it("S-20: confirming a part takes it off the shelf and releases the rest", async () => {
    const productId = await newProduct(100);
    const held = await hold(productId, 80);
    const confirmed = expectStatus(await act(held, "confirm", { quantity: 50 }), 200);
    expect(confirmed).toMatchObject({
      state: "confirmed",
      quantity: 80,
      held: 0,
      confirmed: 50,
      released: 30,
      inventory: { onHand: 50, reserved: 0, available: 50 },
    });
    expect(await stock(productId)).toMatchObject({ onHand: 50, reserved: 0, available: 50 });
  });

  it("needs no body to confirm the whole", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 4);
    const answer = await call<Reservation>(`POST /v1/reservations/${held.reservationId}/confirm`);
    expect(expectStatus(answer, 200)).toMatchObject({ state: "confirmed", confirmed: 4 });
  });

  it("V-14: a hold may go up to the backorder limit", async () => {
    const productId = await newProduct(3);
    await allowBackorder(productId, 5);
    await hold(productId, 8);
    expect(await stock(productId)).toMatchObject({ onHand: 3, reserved: 8, available: -5 });
  });

  it("V-16: what is promised ahead cannot be shipped", async () => {
    const productId = await newProduct(3);
    await allowBackorder(productId, 5);
    const held = await hold(productId, 8);
    expectProblem(await unchanged(productId, () => act(held, "confirm")), 409, "insufficient_stock");
    expect(await reservation(held.reservationId)).toMatchObject({ state: "held", held: 8 });
  });

  it("V-17: once the goods are in, the promise is kept", async () => {
    const productId = await newProduct(3);
    await allowBackorder(productId, 5);
    const held = await hold(productId, 8);
    await receive(productId, 7);
    expectStatus(await act(held, "confirm"), 200);
    expect(await stock(productId)).toMatchObject({ onHand: 2, reserved: 0, available: 2 });
  });

  it("V-15: confirming again with the same key is a replay, not a second sale", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 4);
    const first = await confirmWithKey(held, "pay-1");
    expectStatus(first, 200);
    const again = await unchanged(productId, () => confirmWithKey(held, "pay-1"));
    expectStatus(again, 200);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(await stock(productId)).toMatchObject({ onHand: 6, reserved: 0 });
  });

  it("M-27: a client that never saw the answer gets it with its key, and 409 with a new one", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 4);
    const lost = await confirmWithKey(held, "pay-1");
    const replay = await confirmWithKey(held, "pay-1");
    expect(expectStatus(replay, 200)).toEqual(lost.body);
    const answer = await unchanged(productId, () => confirmWithKey(held, "pay-2"));
    expectProblem(answer, 409, "reservation_already_confirmed");
    expect(await stock(productId)).toMatchObject({ onHand: 6, reserved: 0, available: 6 });
  });

  it("fifty confirms of one hold at once sell it once", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 4);
    const answers = await Promise.all(Array.from({ length: 50 }, () => act(held, "confirm")));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status !== 200) expectProblem(answer, 409, "reservation_already_confirmed");
    }
    expect(await stock(productId)).toMatchObject({ onHand: 6, reserved: 0 });
  });
});

describe("return", () => {
  it("V-09: what comes back for sale is on hand again, as a movement of type return", async () => {
    const productId = await newProduct(5);
    const held = await hold(productId, 2);
    expectStatus(await act(held, "confirm"), 200);
    expect(await stock(productId)).toMatchObject({ onHand: 3 });
    const body = { quantity: 2, restock: true, reason: "did not fit" };
    expect(expectStatus(await act(held, "return", body), 200)).toMatchObject({
      inventory: { onHand: 5, available: 5 },
    });
    expect(await stock(productId)).toMatchObject({ onHand: 5, reserved: 0, available: 5 });
    const read = () => call<Page<Movement>>(`GET /v1/inventory/${productId}/movements?type=return`);
    await eventually(read, (answer) => {
      expect(expectStatus(answer, 200).items).toEqual([
        expect.objectContaining({ type: "return", delta: 2 }),
      ]);
    });
  });

  it("what comes back broken does not go on the shelf", async () => {
    const productId = await newProduct(5);
    const held = await hold(productId, 2);
    expectStatus(await act(held, "confirm"), 200);
    expectStatus(await act(held, "return", { quantity: 1, restock: false, reason: "broken" }), 200);
    expect(await stock(productId)).toMatchObject({ onHand: 3, available: 3 });
  });

  it("no more comes back than was confirmed, however often it is tried", async () => {
    const productId = await newProduct(5);
    const held = await hold(productId, 3);
    expectStatus(await act(held, "confirm"), 200);
    const back = (quantity: number) =>
      act(held, "return", { quantity, restock: true, reason: "changed mind" });
    expectProblem(await unchanged(productId, () => back(4)), 422, "exceeds_held");
    expectStatus(await back(2), 200);
    expectProblem(await unchanged(productId, () => back(2)), 422, "exceeds_held");
    expectStatus(await back(1), 200);
    expectProblem(await unchanged(productId, () => back(1)), 422, "exceeds_held");
    expect(await stock(productId)).toMatchObject({ onHand: 5 });
  });

  it("nothing comes back before it is confirmed", async () => {
    const productId = await newProduct(5);
    const held = await hold(productId, 3);
    const body = { quantity: 1, restock: true, reason: "early" };
    const answer = await unchanged(productId, () => act(held, "return", body));
    expect([409, 422], answer.text).toContain(expectProblem(answer, answer.status).status);
  });

  it.each([
    { body: { restock: true, reason: "x" }, path: "body.quantity" },
    { body: { quantity: 1, reason: "x" }, path: "body.restock" },
    { body: { quantity: 1, restock: true }, path: "body.reason" },
  ])("a return without $path is refused", async ({ body, path }) => {
    const productId = await newProduct(5);
    const held = await hold(productId, 3);
    expectStatus(await act(held, "confirm"), 200);
    const answer = await unchanged(productId, () => act(held, "return", body));
    expect(expectProblem(answer, 400, "validation_failed").errors.map((error) => error.path)).toContain(path);
  });
});

describe("release and cancel", () => {
  it("releasing a part keeps the rest held; releasing the rest ends the hold", async () => {
    const productId = await newProduct(5);
    const held = await hold(productId, 5);
    const part = expectStatus(await act(held, "release", { quantity: 2, reason: "one item dropped" }), 200);
    expect(part).toMatchObject({
      state: "held",
      held: 3,
      released: 2,
      inventory: { reserved: 3, available: 2 },
    });
    const rest = expectStatus(await act(held, "release"), 200);
    expect(rest).toMatchObject({
      state: "released",
      held: 0,
      released: 5,
      inventory: { reserved: 0, available: 5 },
    });
  });

  it.each(["release", "confirm"])("no more than is held can be given to %s", async (step) => {
    const productId = await newProduct(50);
    const held = await hold(productId, 5);
    const answer = await unchanged(productId, () => act(held, step, { quantity: 6 }));
    expectProblem(answer, 422, "exceeds_held");
  });

  it("cancelling answers the released reservation, and the same again", async () => {
    const productId = await newProduct(5);
    const held = await hold(productId, 5);
    const first = await cancel(held);
    expect(expectStatus(first, 200)).toMatchObject({
      reservationId: held.reservationId,
      state: "released",
      held: 0,
      released: 5,
      inventory: { reserved: 0, available: 5 },
    });
    const again = await unchanged(productId, () => cancel(held));
    expect(expectStatus(again, 200)).toEqual(first.body);
  });
});

describe("a second resolution names the first", () => {
  type Step = [request: string, body?: object];
  const steps: Record<string, Step> = {
    confirm: ["POST /v1/reservations/{hold}/confirm", {}],
    release: ["POST /v1/reservations/{hold}/release", {}],
    cancel: ["DELETE /v1/reservations/{hold}"],
    extend: ["POST /v1/reservations/{hold}/extend", { ttlSeconds: 9000 }],
    resize: ["PATCH /v1/reservations/{hold}", { quantity: 1 }],
  };
  // Cancelling what is released already is no refusal: it answers the same again.
  const rows = ["confirm", "release", "cancel"].flatMap((ending) =>
    Object.keys(steps)
      .filter((second) => second !== "cancel" || ending === "confirm")
      .map((second) => [second, ending] as const),
  );

  it.each(rows)("%s after %s", async (second, ending) => {
    const productId = await newProduct(5);
    const held = await hold(productId, 2);
    const send = (step: string) => {
      const [request = "", body] = steps[step] ?? [];
      return call(request.replace("{hold}", held.reservationId), { body });
    };
    expectStatus(await send(ending), 200);
    const answer = await unchanged(productId, () => send(second));
    const code = ending === "confirm" ? "reservation_already_confirmed" : "reservation_already_released";
    expectProblem(answer, 409, code);
  });
});

describe("unknown reservations", () => {
  it.each([
    ["of a product that exists", async () => `${await newProduct(1)}~01ARZ3NDEKTSV4RRFFQ69G5FAV`],
    ["of a product that does not", async () => `${newId("none")}~01ARZ3NDEKTSV4RRFFQ69G5FAV`],
    ["with an id that names no product", async () => "nonsense"],
  ])("are 404 %s", async (_, id) => {
    const reservationId = await id();
    const path = `/v1/reservations/${reservationId}`;
    const returned = { quantity: 1, restock: true, reason: "x" };
    const answers = [
      await call(`GET ${path}`),
      await call(`PATCH ${path}`, { body: { quantity: 1 } }),
      await call(`DELETE ${path}`),
      await call(`POST ${path}/confirm`, { body: {} }),
      await call(`POST ${path}/release`, { body: {} }),
      await call(`POST ${path}/extend`, { body: { ttlSeconds: 60 } }),
      await call(`POST ${path}/return`, { body: returned }),
    ];
    for (const answer of answers) expectProblem(answer, 404, "reservation_not_found");
  });
});
