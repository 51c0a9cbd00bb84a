/**
 * R5: the coordinator of an order is killed at every single moment of its work: before and after each thing it writes down
 * and before and after each call to a product.
 */
import { describe, expect, it } from "vitest";
import { call, count, history, hold, newId, newLocation, newProduct, stock } from "../../acceptance/api";
import {
  atEveryMoment,
  confirm,
  expectFreed,
  LEAST_REFUSED,
  numbers,
  passTime,
  place,
  post,
  readOrder,
  release,
  rivalAt,
  scene,
  wake,
} from "./killer";

const UNSOLD = [5, 5];
/** The version of a product with stock that nothing has happened to. */
const STOCKED = 2;
/** Begun, two calls, decided, each before and after. */
const LEAST_RELEASED = 8;

/** Why, by the events of that type that the product wrote. */
async function reasons(productId: string, type: string): Promise<unknown[]> {
  return (await history(productId)).flatMap((event) => (event.type === type ? [event.data["reason"]] : []));
}

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
        const [first = ""] = prepared.productIds;
        expect((await stock(first)).version, told).toBe(STOCKED);
      },
      LEAST_REFUSED,
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
        LEAST_REFUSED,
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
      LEAST_RELEASED,
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

  it(
    "of holding what a rival takes after all have agreed: nothing stays held, and the events say why",
    { timeout: 120_000 },
    async () => {
      await atEveryMoment(
        409,
        async () => {
          const prepared = await scene(UNSOLD);
          const [, second = ""] = prepared.productIds;
          rivalAt(second, () => hold(second, 5));
          return prepared;
        },
        place,
        async (prepared, told) => {
          await wake(prepared);
          const [first = "", second = ""] = prepared.productIds;
          expect((await stock(first)).reserved, told).toBe(0);
          expect([0, 1, 5], told).toContain((await stock(second)).reserved);
          const reason = `order ${prepared.orderId} not held: ${second} refused: insufficient_stock`;
          expect(new Set(await reasons(first, "reservation.released")), told).toEqual(
            new Set((await stock(first)).version > STOCKED ? [reason] : []),
          );
        },
      );
    },
  );

  it(
    "of confirming what a rival takes after all have agreed: nothing is sold, and the events say why",
    { timeout: 120_000 },
    async () => {
      await atEveryMoment(
        409,
        async () => {
          const prepared = await scene(UNSOLD);
          expect((await place(prepared)).status).toBe(201);
          const [, second = ""] = prepared.productIds;
          rivalAt(second, () => count(second, { newQuantity: 0, force: true }));
          return prepared;
        },
        confirm,
        async (prepared, told) => {
          await wake(prepared);
          const [first = "", second = ""] = prepared.productIds;
          const found = await numbers(prepared);
          expect(found, told).toMatchObject([{ onHand: 5, reserved: 1 }, { reserved: 1 }]);
          const reason = `order ${prepared.orderId} not confirmed: ${second} refused: insufficient_stock`;
          expect(new Set(await reasons(first, "reservation.extended")), told).toEqual(
            new Set((await stock(first)).version > STOCKED + 1 ? [undefined, reason] : []),
          );
        },
      );
    },
  );
});
