/**
 * R5: the coordinator of an order is killed at every single moment of its work: before and after each thing it writes down
 * and before and after each call to a product. The moments are not listed here: they are counted as they come, and one
 * run after the other dies at the next of them, until a run comes through.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OrderStore } from "../../../src/objects/order/order-store";
import { call, newId, newLocation, newProduct, stock, type Answer } from "../../acceptance/api";

const TTL_SECONDS = 600;

interface Order {
  orderId: string;
  state: string;
  reservations: { state: string; held: number; productId: string; reservationId: string }[];
}

/** Counts the moments of one order's coordinator, and kills it at one of them. */
class Killer {
  moments = 0;
  #deadline = Number.POSITIVE_INFINITY;
  #state: DurableObjectState | undefined;

  async arm(orderId: string, deadline: number): Promise<void> {
    this.moments = 0;
    await runInDurableObject(env.ORDER.getByName(orderId), (_, state) => {
      this.#state = state;
    });
    this.#deadline = deadline;
  }

  disarm(): boolean {
    const killed = this.moments >= this.#deadline;
    this.#deadline = Number.POSITIVE_INFINITY;
    return killed;
  }

  moment(): void {
    this.moments += 1;
    if (this.moments === this.#deadline) this.#state?.abort("killed");
  }
}

let killer: Killer;

beforeEach(() => {
  killer = new Killer();
  const save = OrderStore.prototype.save;
  vi.spyOn(OrderStore.prototype, "save").mockImplementation(function saving(this: OrderStore, ...given) {
    killer.moment();
    save.apply(this, given);
    killer.moment();
  });
  const getByName = env.PRODUCT.getByName.bind(env.PRODUCT);
  vi.spyOn(env.PRODUCT, "getByName").mockImplementation((name, options) => {
    const stub = getByName(name, options);
    return new Proxy(stub, {
      get(target, property) {
        if (property !== "execute") return Reflect.get(target, property) as unknown;
        return async (...given: Parameters<typeof stub.execute>) => {
          const ordered = given[0].some(({ key }) => key?.id.startsWith("order:"));
          if (ordered) killer.moment();
          const results = await stub.execute(...given);
          if (ordered) killer.moment();
          return results;
        };
      },
    });
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

interface Scene {
  orderId: string;
  productIds: string[];
}

const post = (path: string, body: object) =>
  call<Order>(`POST ${path}`, { body, headers: { "Idempotency-Key": `once ${path}` } });
const place = ({ orderId, productIds }: Scene, quantity = 1) =>
  post("/v1/reservations", {
    orderId,
    lines: productIds.map((productId) => ({ productId, quantity })),
    ttlSeconds: TTL_SECONDS,
  });
const confirm = ({ orderId }: Scene) => post("/v1/reservations/confirm", { orderId });
const release = ({ orderId }: Scene) => post("/v1/reservations/release", { orderId });

async function scene(onHand: number[]): Promise<Scene> {
  return { orderId: newId("ORD"), productIds: await Promise.all(onHand.map((units) => newProduct(units))) };
}

const numbers = ({ productIds }: Scene) =>
  Promise.all(
    productIds.map(async (id) => {
      const { onHand, reserved } = await stock(id);
      return { onHand, reserved };
    }),
  );

async function readOrder({ orderId }: Scene): Promise<Answer<Order>> {
  return call<Order>(`GET /v1/orders/${orderId}`);
}

/** The alarm that the coordinator set before it began, as often as it sets itself a new one for more work. */
async function wake({ orderId }: Scene): Promise<void> {
  await runDurableObjectAlarm(env.ORDER.getByName(orderId));
}

function passTime(seconds: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
}

/** Runs `act` again and again, each time killed one moment later, until it comes through with `status`. */
async function atEveryMoment(
  status: number,
  prepare: () => Promise<Scene>,
  act: (scene: Scene) => Promise<Answer<unknown>>,
  check: (scene: Scene, told: string) => Promise<void>,
): Promise<void> {
  for (let moment = 1; ; moment += 1) {
    const prepared = await prepare();
    await killer.arm(prepared.orderId, moment);
    const answer = await act(prepared);
    const killed = killer.disarm();
    // The caller of a coordinator that died may try again; one that came through has its answer.
    expect(answer.status, `moment ${moment}: ${answer.text}`).toBe(killed ? 503 : status);
    await check(prepared, `killed at moment ${moment}`);
    vi.useRealTimers();
    if (killed) continue;
    // At least: begun, two calls, decided, and each of the four before and after.
    expect(moment).toBeGreaterThan(8);
    return;
  }
}

/** Nothing may be held once every hold's time has passed. */
async function expectFreed(prepared: Scene, told: string): Promise<void> {
  passTime(TTL_SECONDS + 1);
  expect(
    (await numbers(prepared)).map(({ reserved }) => reserved),
    told,
  ).toEqual(prepared.productIds.map(() => 0));
}

const UNSOLD = [5, 5];

describe("R5: an order's coordinator, killed at every moment", () => {
  it("B-11: of holding: a retry gets the same order, one hold a product", { timeout: 120_000 }, async () => {
    await atEveryMoment(
      201,
      () => scene(UNSOLD),
      place,
      async (prepared, told) => {
        const again = await place(prepared);
        expect(again.status, `${told}: ${again.text}`).toBe(201);
        expect(await numbers(prepared), told).toEqual([
          { onHand: 5, reserved: 1 },
          { onHand: 5, reserved: 1 },
        ]);
        expect((await place(prepared)).text, told).toBe(again.text);
      },
    );
  });

  it(
    "B-11: of holding: without a retry it is held whole or not at all, and freed in time",
    { timeout: 120_000 },
    async () => {
      await atEveryMoment(
        201,
        () => scene(UNSOLD),
        place,
        async (prepared, told) => {
          await wake(prepared);
          const reserved = (await numbers(prepared)).map((one) => one.reserved);
          expect(new Set(reserved).size, `${told}: ${reserved.join()}`).toBe(1);
          await expectFreed(prepared, told);
        },
      );
    },
  );

  it("of holding what one product has not: nothing stays held", { timeout: 120_000 }, async () => {
    await atEveryMoment(
      409,
      () => scene([5, 0]),
      place,
      async (prepared, told) => {
        await wake(prepared);
        expect(
          (await numbers(prepared)).map(({ reserved }) => reserved),
          told,
        ).toEqual([0, 0]);
        const state = (await readOrder(prepared)).body.state as string | undefined;
        expect(["failed", undefined], told).toContain(state);
      },
    );
  });

  it("of confirming: a retry confirms it whole, every unit once", { timeout: 120_000 }, async () => {
    await atEveryMoment(
      200,
      async () => {
        const prepared = await scene(UNSOLD);
        expect((await place(prepared)).status).toBe(201);
        return prepared;
      },
      confirm,
      async (prepared, told) => {
        const again = await confirm(prepared);
        expect(again.status, `${told}: ${again.text}`).toBe(200);
        expect(
          again.body.reservations.map(({ state }) => state),
          told,
        ).toEqual(["confirmed", "confirmed"]);
        expect(await numbers(prepared), told).toEqual([
          { onHand: 4, reserved: 0 },
          { onHand: 4, reserved: 0 },
        ]);
      },
    );
  });

  it(
    "of confirming: without a retry it is sold whole or not at all, and freed in time",
    { timeout: 120_000 },
    async () => {
      await atEveryMoment(
        200,
        async () => {
          const prepared = await scene(UNSOLD);
          await place(prepared);
          return prepared;
        },
        confirm,
        async (prepared, told) => {
          await wake(prepared);
          const found = await numbers(prepared);
          expect(new Set(found.map(({ onHand }) => onHand)).size, `${told}: ${JSON.stringify(found)}`).toBe(
            1,
          );
          expect(new Set(found.map(({ reserved }) => reserved)).size, told).toBe(1);
          await expectFreed(prepared, told);
        },
      );
    },
  );

  it(
    "of confirming, and away until long after every hold's time: never sold in part",
    { timeout: 120_000 },
    async () => {
      await atEveryMoment(
        200,
        async () => {
          const prepared = await scene(UNSOLD);
          await place(prepared);
          return prepared;
        },
        confirm,
        async (prepared, told) => {
          passTime(2 * 3600);
          await numbers(prepared);
          await wake(prepared);
          const found = await numbers(prepared);
          expect(new Set(found.map(({ onHand }) => onHand)).size, `${told}: ${JSON.stringify(found)}`).toBe(
            1,
          );
          expect(
            found.map(({ reserved }) => reserved),
            told,
          ).toEqual([0, 0]);
        },
      );
    },
  );

  it(
    "of confirming what cannot be shipped: nothing is sold, and the holds are as they were",
    { timeout: 120_000 },
    async () => {
      await atEveryMoment(
        409,
        async () => {
          const prepared = await scene([5, 0]);
          const [, promised] = prepared.productIds;
          await call(`PATCH /v1/inventory/${promised}/levels/main`, { body: { backorderLimit: 9 } });
          expect((await place(prepared)).status).toBe(201);
          return prepared;
        },
        confirm,
        async (prepared, told) => {
          await wake(prepared);
          expect(await numbers(prepared), told).toEqual([
            { onHand: 5, reserved: 1 },
            { onHand: 0, reserved: 1 },
          ]);
          const [first] = (await readOrder(prepared)).body.reservations;
          const given = await call(`POST /v1/reservations/${first?.reservationId}/release`);
          expect(given.status, `${told}: ${given.text}`).toBe(200);
          await expectFreed(prepared, told);
        },
      );
    },
  );

  it("of releasing: everything is given back", { timeout: 120_000 }, async () => {
    await atEveryMoment(
      200,
      async () => {
        const prepared = await scene(UNSOLD);
        await place(prepared);
        return prepared;
      },
      release,
      async (prepared, told) => {
        expect((await release(prepared)).status, told).toBe(200);
        expect(
          (await numbers(prepared)).map(({ reserved }) => reserved),
          told,
        ).toEqual([0, 0]);
      },
    );
  });

  it("of a split order with several holds of one product: sold whole", { timeout: 120_000 }, async () => {
    const second = await newLocation(20);
    await atEveryMoment(
      200,
      async () => {
        const split = await newProduct({ main: 2, [second]: 3 });
        const prepared = { orderId: newId("ORD"), productIds: [split] };
        const lines = [{ productId: split, quantity: 4 }];
        await post("/v1/reservations", { orderId: prepared.orderId, lines, split: true });
        return prepared;
      },
      confirm,
      async (prepared, told) => {
        const again = await confirm(prepared);
        expect(again.status, `${told}: ${again.text}`).toBe(200);
        expect(await numbers(prepared), told).toEqual([{ onHand: 1, reserved: 0 }]);
      },
    );
  });
});
