/** An order's object where its products fail it, and where nobody needs it any more. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Envelope, ExecuteOptions, Result } from "../../../src/domain/command";
import {
  ADMIN,
  call,
  type Answer,
  expectProblem,
  expectStatus,
  history,
  newId,
  newProduct,
  stock,
} from "../../acceptance/api";
import { confirm, lines, placeOrder, readOrder, release } from "../../acceptance/order-api";

type Stub = ReturnType<Env["PRODUCT"]["getByName"]>;
type Door = (envelopes: Envelope[], stub: Stub) => Promise<Result[]> | undefined;

/** What is to be done by one product comes through `door` instead, where that answers anything; dry runs only with `dryRuns`. */
function standBefore(productId: string, door: Door, dryRuns = false): void {
  const getByName = env.PRODUCT.getByName.bind(env.PRODUCT);
  vi.spyOn(env.PRODUCT, "getByName").mockImplementation((name, options) => {
    const stub = getByName(name, options);
    if (name !== productId) return stub;
    return new Proxy(stub, {
      get(target, property) {
        if (property !== "execute") return Reflect.get(target, property) as unknown;
        return (envelopes: Envelope[], options: ExecuteOptions = {}) =>
          (options.dryRun && !dryRuns ? undefined : door(envelopes, stub)) ??
          stub.execute(envelopes, options);
      },
    });
  });
}

const refused = (code: "overloaded" | "internal"): Result[] => [{ ok: false, refusal: { code } }];
const alarmOf = (orderId: string) => runDurableObjectAlarm(env.ORDER.getByName(orderId));
const KEYED = { headers: { "Idempotency-Key": "k" } };

let good: string;
let bad: string;

describe("an order whose product", () => {
  beforeEach(async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    [good, bad] = [await newProduct(5), await newProduct(5)];
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it("cannot be reached: the caller may try again, and the order goes on by itself", async () => {
    const orderId = newId("ORD");
    standBefore(bad, () => Promise.reject(new Error("no way there")));
    const answer = await placeOrder(orderId, lines([good, bad]), {}, KEYED);
    expectProblem(answer, 503, "overloaded");
    expect(answer.headers.get("Retry-After")).toBe("1");
    expect(await readOrder(orderId)).toMatchObject({ state: "holding", reservations: [] });
    await alarmOf(orderId);
    expect((await readOrder(orderId)).state).toBe("holding");
    vi.restoreAllMocks();
    await alarmOf(orderId);
    expect((await readOrder(orderId)).state).toBe("held");
    expect(expectStatus(await placeOrder(orderId, lines([good, bad]), {}, KEYED), 201).state).toBe("held");
    for (const id of [good, bad]) expect((await stock(id)).reserved).toBe(1);
  });

  it("is too busy to hold: nothing stays held, and the id is free again", async () => {
    const orderId = newId("ORD");
    standBefore(bad, () => Promise.resolve(refused("overloaded")));
    expectProblem(await placeOrder(orderId, lines([good, bad])), 503, "overloaded");
    expect((await stock(good)).reserved).toBe(0);
    expectProblem(await confirm(orderId), 404, "order_not_found");
    vi.restoreAllMocks();
    expectStatus(await placeOrder(orderId, lines([good, bad])), 201);
  });

  it("answers nothing, or fails: nothing stays held", async () => {
    const orderId = newId("ORD");
    standBefore(bad, () => Promise.resolve([]));
    expectProblem(await placeOrder(orderId, lines([good, bad])), 500, "internal");
    expect((await stock(good)).reserved).toBe(0);
  });

  it.each(["overloaded", "internal", "silent"] as const)(
    "is %s while the order is let go: it is asked again until it has",
    async (code) => {
      const orderId = newId("ORD");
      expectStatus(await placeOrder(orderId, lines([good, bad])), 201);
      standBefore(bad, ([envelope]) =>
        envelope?.command.verb === "release"
          ? Promise.resolve(code === "silent" ? [] : refused(code))
          : undefined,
      );
      expectProblem(await release(orderId), 503, "overloaded");
      expect((await readOrder(orderId)).state).toBe("releasing");
      vi.restoreAllMocks();
      await alarmOf(orderId);
      expect((await readOrder(orderId)).state).toBe("released");
      for (const id of [good, bad]) expect((await stock(id)).reserved).toBe(0);
    },
  );

  it("is busy after the decision to sell: it is sold all the same", async () => {
    const orderId = newId("ORD");
    expectStatus(await placeOrder(orderId, lines([good, bad])), 201);
    let refusals = 2;
    standBefore(bad, ([envelope]) => {
      if (envelope?.command.verb !== "confirm-prepared" || refusals === 0) return undefined;
      refusals -= 1;
      return Promise.resolve(refused("overloaded"));
    });
    expectProblem(await confirm(orderId, KEYED), 503, "overloaded");
    expect((await readOrder(orderId)).state).toBe("confirming");
    expect(expectStatus(await confirm(orderId, KEYED), 200).state).toBe("confirmed");
    for (const id of [good, bad]) expect(await stock(id)).toMatchObject({ onHand: 4, reserved: 0 });
  });

  it("cannot be deleted while the order is being sold, by force neither", async () => {
    const orderId = newId("ORD");
    expectStatus(await placeOrder(orderId, lines([good, bad])), 201);
    const path = `DELETE /v1/products/${bad}?force=true&reason=recalled`;
    let deletion: Answer<unknown> | undefined;
    standBefore(bad, (envelopes, stub) => {
      if (envelopes[0]?.command.verb !== "confirm-prepared") return undefined;
      return call(path, { key: ADMIN })
        .then((answer) => (deletion ??= answer))
        .then(() => stub.execute(envelopes));
    });
    const { reservations } = expectStatus(await confirm(orderId), 200);
    expect(reservations.map(({ state }) => state)).toEqual(["confirmed", "confirmed"]);
    if (!deletion) throw new Error("nobody tried to delete it");
    expectProblem(deletion, 503, "overloaded");
    expect(deletion.headers.get("Retry-After")).toBe("1");
    expectStatus(await call(path, { key: ADMIN }), 204);
  });

  it("no longer has its hold when the order is sold: the rest is sold", async () => {
    const orderId = newId("ORD");
    expectStatus(await placeOrder(orderId, lines([good, bad])), 201);
    standBefore(bad, ([envelope]) =>
      envelope?.command.verb === "confirm-prepared"
        ? Promise.resolve([{ ok: false, refusal: { code: "reservation_not_found" } }])
        : undefined,
    );
    const { reservations } = expectStatus(await confirm(orderId), 200);
    expect(reservations.map(({ state }) => state)).toEqual(["confirmed", "held"]);
  });

  it("lets all its holds go by itself after it agreed: nothing is sold, and the answer says so", async () => {
    const { orderId, reservations } = expectStatus(await placeOrder(newId("ORD"), lines([good, good])), 201);
    standBefore(good, (envelopes, stub) => {
      if (envelopes[0]?.command.verb !== "prepare") return undefined;
      const gone = reservations.map(({ reservationId }) => call(`DELETE /v1/reservations/${reservationId}`));
      return Promise.all(gone).then(() => stub.execute(envelopes));
    });
    expectProblem(await confirm(orderId), 409, "reservation_already_released");
    expect(await stock(good)).toMatchObject({ onHand: 5, reserved: 0 });
    expect((await readOrder(orderId)).state).toBe("released");
  });

  it("cannot be reached when it is asked whether it could: nothing is begun", async () => {
    const orderId = newId("ORD");
    standBefore(bad, () => Promise.reject(new Error("no way there")), true);
    expectProblem(await placeOrder(orderId, lines([good, bad]), {}, KEYED), 503, "overloaded");
    expectProblem(await call(`GET /v1/orders/${orderId}`), 404, "order_not_found");
    vi.restoreAllMocks();
    expectStatus(await placeOrder(orderId, lines([good, bad]), {}, KEYED), 201);
    standBefore(bad, () => Promise.reject(new Error("no way there")), true);
    expectProblem(await confirm(orderId), 503, "overloaded");
    vi.restoreAllMocks();
    expect((await readOrder(orderId)).state).toBe("held");
    expectStatus(await confirm(orderId), 200);
  });
});

describe("an order that has ended", () => {
  const tables = (orderId: string) =>
    runInDurableObject(env.ORDER.getByName(orderId), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_%' ESCAPE '\\'").toArray(),
    );

  afterEach(() => void vi.useRealTimers());

  it("is forgotten after a year, and not before", async () => {
    const productId = await newProduct(5);
    const orderId = newId("ORD");
    expectStatus(await placeOrder(orderId, lines([productId])), 201);
    expectStatus(await confirm(orderId), 200);
    // The book has long known it by then.
    await history(productId);
    await alarmOf(orderId);
    expect(await tables(orderId)).not.toEqual([]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 366 * 86_400_000 });
    await alarmOf(orderId);
    expect(await tables(orderId)).toEqual([]);
    expect((await readOrder(orderId)).state).toBe("confirmed");
    expect(await tables(orderId)).toEqual([]);
  });

  it("that never was leaves nothing, and an alarm there does nothing", async () => {
    const orderId = newId("ORD");
    await runInDurableObject(env.ORDER.getByName(orderId), (instance) => instance.alarm());
    expectProblem(await call(`GET /v1/orders/${orderId}`), 404, "order_not_found");
    expect(await tables(orderId)).toEqual([]);
  });

  it("is answered with the lasting reason why it was not held", async () => {
    const productId = await newProduct(1);
    const orderId = newId("ORD");
    expectProblem(await placeOrder(orderId, lines([productId], 2)), 409, "insufficient_stock");
    expectProblem(await confirm(orderId), 409, "insufficient_stock");
    expectProblem(await release(orderId), 409, "insufficient_stock");
  });

  it("refuses a key that was used for something else", async () => {
    const productId = await newProduct(5);
    const orderId = newId("ORD");
    expectStatus(await placeOrder(orderId, lines([productId]), {}, KEYED), 201);
    expectProblem(await confirm(orderId, KEYED), 422, "idempotency_key_reused");
  });
});
