import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Envelope, Result } from "../../../src/domain/command";
import { MAX_HOLDS_TO_INDEX } from "../../../src/limits";
import type { OrderedHold } from "../../../src/objects/order-index/recent-holds";
import { OrderIndexer, orderedHolds } from "../../../src/objects/product/order-indexer";
import { eventually, hold, newId, newProduct } from "../../acceptance/api";

const ULID = "01JT5X7K9M0000000000000001";
const one = (ulid: string): OrderedHold => ({ orderId: "O", ulid, owner: "key:a" });

/** An index whose calls are answered by hand. */
function byHand() {
  const calls: { holds: OrderedHold[]; resolve: () => void; reject: (error: Error) => void }[] = [];
  const failures: unknown[] = [];
  const indexer = new OrderIndexer(
    (holds) => new Promise((resolve, reject) => void calls.push({ holds, resolve, reject })),
    (error) => failures.push(error),
  );
  const ulids = () => calls.map(({ holds }) => holds.map(({ ulid }) => ulid));
  return { indexer, calls, failures, ulids };
}

const tick = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("putting holds into the order index", () => {
  it("has one call in flight, and those made meanwhile share the next", async () => {
    const { indexer, calls, ulids } = byHand();
    const first = indexer.index([one("1")]);
    const same = indexer.index([one("2")]);
    await tick();
    expect(ulids()).toEqual([["1", "2"]]);
    let told = 0;
    const later = ["3", "4", "5"].map((ulid) => indexer.index([one(ulid)]).then(() => (told += 1)));
    await tick();
    expect(calls).toHaveLength(1);
    calls[0]?.resolve();
    await Promise.all([first, same]);
    await tick();
    expect(ulids()).toEqual([
      ["1", "2"],
      ["3", "4", "5"],
    ]);
    expect(told).toBe(0);
    calls[1]?.resolve();
    await Promise.all(later);
    expect(told).toBe(3);
  });

  it("makes no call for a replay, which waits for what is on its way", async () => {
    const { indexer, calls } = byHand();
    await indexer.index([]);
    expect(calls).toEqual([]);
    const order: string[] = [];
    const made = indexer.index([one("1")]).then(() => order.push("made"));
    const replayed = indexer.index([]).then(() => order.push("replayed"));
    await tick();
    expect(order).toEqual([]);
    calls[0]?.resolve();
    await Promise.all([made, replayed]);
    expect(order).toHaveLength(2);
    expect(calls).toHaveLength(1);
  });

  it("goes on without it when it fails, and says so once until it works again", async () => {
    const { indexer, calls, failures } = byHand();
    for (const fails of [true, true, false, true]) {
      const indexed = indexer.index([one("1")]);
      await tick();
      const last = calls.at(-1);
      if (fails) last?.reject(new Error("away"));
      else last?.resolve();
      await indexed;
    }
    expect(failures).toHaveLength(2);
  });

  it("keeps no more than a bounded number waiting, the newest", async () => {
    const { indexer, calls, ulids } = byHand();
    void indexer.index([one("first")]);
    await tick();
    for (let made = 0; made <= MAX_HOLDS_TO_INDEX; made += 1) void indexer.index([one(String(made))]);
    calls[0]?.resolve();
    await tick();
    expect(calls[1]?.holds).toHaveLength(MAX_HOLDS_TO_INDEX);
    expect(ulids()[1]?.at(-1)).toBe(String(MAX_HOLDS_TO_INDEX));
  });
});

describe("the holds that calls made for orders", () => {
  const reserve = (orderId?: string): Envelope => ({
    command: {
      verb: "reserve",
      quantity: 1,
      locationIds: [],
      anyLocation: true,
      ttlSeconds: 60,
      ...(orderId !== undefined && { orderId }),
    },
    actor: "key:a",
    clamped: false,
  });
  const held = (replayed = false): Result => ({
    ok: true,
    body: `{"reservationId":"P.1~${ULID}","productId":"P.1"}`,
    version: 2,
    replayed,
  });
  const refused: Result = { ok: false, refusal: { code: "overloaded" } };
  const release: Envelope = { ...reserve(), command: { verb: "release-order", orderId: "O" } };

  it("are those that succeeded and name one", () => {
    expect(
      orderedHolds([reserve("O"), reserve(), reserve("O"), release], [held(), held(), refused, held()]),
    ).toEqual([{ orderId: "O", ulid: ULID, owner: "key:a" }]);
  });

  it("cost nothing where no hold names one", () => {
    expect(orderedHolds([reserve(), release], [held(), held()])).toBeUndefined();
    expect(orderedHolds([reserve("O")], [refused])).toBeUndefined();
  });

  it("wait for those that were made before when one is replayed", () => {
    expect(orderedHolds([reserve("O")], [held(true)])).toEqual([]);
  });
});

describe("a product that starts again", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("puts into the index again what the book may not have", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const productId = await newProduct(9);
    vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("locked"));
    const orderId = newId("ORD");
    const { reservationId } = await hold(productId, 1, { orderId });
    await hold(productId, 1);
    const shards = Array.from({ length: 4 }, (_, shard) => env.ORDER_INDEX.getByName(`holds:${shard}`));
    for (const stub of [...shards, env.PRODUCT.getByName(productId)])
      await runInDurableObject(stub, (_, state) => state.abort("restarted")).catch(() => undefined);
    const found = async () => {
      const answers = await Promise.all(
        shards.map((_, shard) => env.ORDER_INDEX.getByName(`holds:${shard}`).find(orderId)),
      );
      return answers.flatMap(({ holds }) => holds);
    };
    expect(await found()).toEqual([]);
    await env.PRODUCT.getByName(productId).wake();
    await eventually(found, (holds) =>
      expect(holds.map((one) => one.reservationId)).toEqual([reservationId]),
    );
  });
});
