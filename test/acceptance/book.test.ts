/** The book while D1 fails: objects go on deciding, and afterwards every event is there once, in order. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  act,
  call,
  eventually,
  events,
  everyItem,
  expectStatus,
  history,
  hold,
  newId,
  newProduct,
  receive,
  reservation,
  reserve,
  SHOP,
  sleep,
  stock,
  type BookEvent,
  type Product,
  type Reservation,
  type Stock,
} from "./api";

/** A failure of the engine itself: every insert of an event aborts, with it the whole batch. */
async function breakBook(): Promise<void> {
  const abort = "SELECT RAISE(ABORT, 'Network connection lost.')";
  await env.BOOK.prepare(`CREATE TRIGGER chaos BEFORE INSERT ON events BEGIN ${abort}; END`).run();
}

async function mendBook(): Promise<void> {
  await env.BOOK.prepare("DROP TRIGGER IF EXISTS chaos").run();
}

/** Every event once, in order: dense offsets over the book, dense versions per product. */
function expectWhole(all: BookEvent[]): void {
  expect(all.map((event) => event.offset)).toEqual(all.map((_, i) => i + 1));
  for (const [productId, own] of Map.groupBy(all, (event) => event.productId)) {
    expect(
      own.map((event) => event.version),
      productId,
    ).toEqual(own.map((_, i) => i + 1));
  }
}

async function expectBookAgrees(productId: string): Promise<void> {
  const truth = await stock(productId);
  const row = await eventually(
    async () =>
      (await everyItem<Stock>("/v1/inventory?limit=100")).find((stocked) => stocked.productId === productId),
    (found) => expect(found?.reserved).toBe(truth.reserved),
  );
  const { onHand, reserved, available, levels } = truth;
  expect(row).toMatchObject({ onHand, reserved, available, levels });
}

afterEach(async () => {
  vi.restoreAllMocks();
  await mendBook();
});

describe("while D1 refuses writes", () => {
  it("B-17: reserves go on; afterwards the book has every event once, in order", async () => {
    const products = [await newProduct(500), await newProduct(500), await newProduct(3)];
    for (const productId of products) await history(productId);
    await breakBook();
    const recorded = (await events()).length;

    const kept: Reservation[] = [];
    let refused = 0;
    const shop = async (client: number) => {
      for (let i = 0; i < 12; i += 1) {
        const productId = products[(client + i) % products.length] ?? "";
        const answer = await reserve(productId, { quantity: 1, orderId: `O-${client}` }, { key: SHOP });
        if (answer.status === 409) refused += 1;
        else kept.push(expectStatus(answer, 201));
        await sleep(60);
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, client) => shop(client)));
    for (const held of kept.slice(0, 20)) expectStatus(await act(held, "confirm"), 200);
    expect(kept).toHaveLength(160 + 3);
    expect(refused).toBe(80 - 3);
    expect((await events()).length, "nothing reached the book meanwhile").toBe(recorded);
    for (const held of kept.slice(-5))
      expect(await reservation(held.reservationId)).toMatchObject({ state: "held" });

    await mendBook();
    for (const productId of products) {
      const found = await history(productId, 45);
      expect(found).toHaveLength((await stock(productId)).version);
      const holds = found
        .filter((event) => event.type === "reservation.held")
        .map((event) => event.data["reservationId"]);
      const own = kept.filter((held) => held.productId === productId).map((held) => held.reservationId);
      expect(holds.sort()).toEqual(own.sort());
      await expectBookAgrees(productId);
    }
    expectWhole(await events());
  }, 90_000);

  it("a catalog edit is taken though it cannot wait for the book", async () => {
    const productId = await newProduct(1);
    await breakBook();
    const edited = await call<Product>(`PATCH /v1/products/${productId}`, {
      body: { name: "Edited in the dark" },
    });
    expectStatus(edited, 200);
    await mendBook();
    await eventually(
      () => everyItem<Product>("/v1/products?limit=100"),
      (rows) =>
        expect(rows).toContainEqual(expect.objectContaining({ productId, name: "Edited in the dark" })),
      45,
    );
    expectWhole(await events());
  }, 90_000);

  it("a commit whose answer is lost is not repeated", async () => {
    const productId = await newProduct(50);
    await history(productId);
    const batch = env.BOOK.batch.bind(env.BOOK);
    let lost = 0;
    vi.spyOn(env.BOOK, "batch").mockImplementation(async (statements) => {
      const results = await batch(statements);
      if (lost < 2) {
        lost += 1;
        throw new Error("Network connection lost.");
      }
      return results as never;
    });
    for (let i = 0; i < 10; i += 1) await hold(productId, 1);
    await eventually(
      async () => lost,
      (times) => expect(times).toBe(2),
      15,
    );
    await receive(productId, 1);
    const found = await history(productId, 45);
    expect(found.filter((event) => event.type === "reservation.held")).toHaveLength(10);
    expectWhole(await events());
    await expectBookAgrees(productId);
  }, 90_000);
});

describe("after any traffic", () => {
  it("the book's rows say what the objects say", async () => {
    const products = await Promise.all([newProduct(40), newProduct(40)]);
    const clients = Array.from({ length: 10 }, async (_, client) => {
      for (let i = 0; i < 4; i += 1) {
        const held = await hold(products[(client + i) % 2] ?? "", 1, { orderId: newId("O") });
        if (i === 1) expectStatus(await act(held, "confirm"), 200);
        if (i === 2) expectStatus(await act(held, "release"), 200);
      }
    });
    await Promise.all(clients);
    for (const productId of products) {
      await history(productId);
      await expectBookAgrees(productId);
      for (const row of await everyItem<Reservation>(`/v1/reservations?productId=${productId}&limit=100`)) {
        const { state, held, confirmed, released, version } = await reservation(row.reservationId);
        expect(row).toMatchObject({ state, held, confirmed, released, version });
      }
    }
    expectWhole(await events());
  });
});
