/** The one writer of market prices, with D1, KV and hubs that fail, and killed between them. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readCachedQuote } from "../../../src/kv/quote-cache";
import { D1_TIMEOUT_MS } from "../../../src/limits";
import { MAX_QUOTES_PER_CALL, QUOTE_AHEAD_MS, QUOTE_KV_SPACING_MS } from "../../../src/limits/quotes";
import { HubObject } from "../../../src/objects/hub/hub-object";
import { eventually, newId, sleep } from "../../acceptance/api";
import { bookProduct, newest, points, quote, quotesObject, record, resultsOf } from "./recorded";

/** What KV has, past every cache. */
async function inKv(productId: string): Promise<string | undefined> {
  return (await readCachedQuote(env.CATALOG, productId))?.amount;
}

const putInKv = (productId: string, amount: string) =>
  eventually(
    () => inKv(productId),
    (found) => expect(found).toBe(amount),
  );

async function isMarked(productId: string): Promise<boolean> {
  return runInDurableObject(quotesObject(), (_, { storage }) => {
    const found = storage.sql.exec("SELECT 1 FROM unpublished WHERE product_id = ?", productId).toArray();
    return found.length > 0;
  });
}

async function kill(): Promise<void> {
  await runInDurableObject(quotesObject(), (_, state) => state.abort("killed")).catch(() => undefined);
}

const unmarked = (productId: string) =>
  eventually(
    () => isMarked(productId),
    (marked) => expect(marked).toBe(false),
  );

describe("the quotes object", () => {
  beforeEach(() => void vi.spyOn(console, "error").mockReturnValue(undefined));
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("leaves no trace of prices that it refuses", async () => {
    const stub = env.QUOTES.getByName("another");
    const answer = await stub.record([quote(newId("unknown"), Date.now())]);
    expect(answer).toMatchObject({ ok: true, results: [{ result: "refused", code: "product_not_found" }] });
    const tables = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("says of each price what became of it: new, twice, late, of the future, no price", async () => {
    const productId = await bookProduct();
    const now = Date.now();
    const one = quote(productId, now - 5000);
    expect(
      await resultsOf([
        one,
        { ...one, amount: "1.5" },
        quote(productId, now - 9000, { amount: "9" }),
        quote(productId, now + QUOTE_AHEAD_MS + 1000),
        quote(productId, now - 4000, { amount: "NaN" }),
        quote(productId, now - 3000, { amount: "2e-9", marketCap: "7" }),
      ]),
    ).toEqual(["recorded", "duplicate", "late", "future", "not_a_price", "recorded"]);
    expect(await newest(productId)).toMatchObject({
      amount: "0.000000002",
      at_ms: now - 3000,
      market_cap: "7",
    });
    expect(await resultsOf([one, quote(productId, now - 9000, { amount: "9" })]), "again").toEqual([
      "duplicate",
      "duplicate",
    ]);
  });

  it("never lets an older price replace a newer one, also of the same moment, whatever the order", async () => {
    const [up, down] = [await bookProduct(), await bookProduct()];
    const at = Date.now() - 5000;
    const amounts = ["9.00", "10.00", "10.001"];
    for (const amount of amounts) await record([quote(up, at, { amount })]);
    for (const amount of amounts.toReversed()) await record([quote(down, at, { amount })]);
    for (const productId of [up, down]) {
      expect(await newest(productId)).toMatchObject({ amount: "10.001" });
      expect((await points(productId))[0]).toMatchObject({
        open: "9.00",
        high: "10.001",
        low: "9.00",
        close: "10.001",
      });
    }
    const alike = ["123456789012345.000000000000000001", "123456789012345.000000000000000002"];
    for (const amount of alike) await record([quote(up, at + 500, { amount })]);
    const second = (await points(up)).find((row) => row.close_at_ms === at + 500);
    expect(second, "nor where floating-point numbers could not tell").toMatchObject({ high: alike[1] });
    const calls = Array.from({ length: 20 }, (_, index) => {
      return record([quote(up, at + 1000 + ((index * 7) % 20), { amount: `${index}` })]);
    });
    await Promise.all(calls);
    expect(await newest(up)).toMatchObject({ at_ms: at + 1019 });
  });

  it("gathers what comes together into few batches", async () => {
    const batches = vi.spyOn(env.BOOK, "batch");
    const productIds = await Promise.all(Array.from({ length: 10 }, bookProduct));
    batches.mockClear();
    await Promise.all(productIds.map((productId) => record([quote(productId, Date.now())])));
    expect(batches.mock.calls.length).toBeLessThan(5);
    const tooMany = Array.from({ length: MAX_QUOTES_PER_CALL + 1 }, () => quote("p", Date.now()));
    expect(await quotesObject().record(tooMany)).toEqual({ ok: false, reason: "too_many" });
  });

  it("tells everybody when D1 is away, acknowledges nothing, and takes the same again", async () => {
    const productId = await bookProduct();
    const one = quote(productId, Date.now());
    for (const method of ["prepare", "batch"] as const) {
      const away = vi.spyOn(env.BOOK, method).mockImplementation(() => {
        throw new Error("D1 is away");
      });
      const answers = await Promise.all([1, 2, 3].map(() => quotesObject().record([one])));
      expect(answers).toEqual(answers.map(() => ({ ok: false, reason: "book_unavailable" })));
      away.mockRestore();
      expect(await newest(productId)).toBeNull();
    }
    expect(await resultsOf([one])).toEqual(["recorded"]);
    await putInKv(productId, "1.50");
    await unmarked(productId);
  });

  it("gives up a D1 that does not answer; what lands all the same is published, and a duplicate when it comes again", async () => {
    const productId = await bookProduct();
    const one = quote(productId, Date.now());
    const gate = Promise.withResolvers<void>();
    const batch = env.BOOK.batch.bind(env.BOOK);
    const slow = vi.spyOn(env.BOOK, "batch").mockImplementationOnce(async (statements) => {
      await gate.promise;
      return batch(statements);
    });
    const answer = quotesObject().record([one]);
    await eventually(
      async () => slow.mock.calls.length,
      (calls) => expect(calls).toBe(1),
    );
    const behind = quotesObject().record([one]);
    const started = Date.now();
    expect(await answer).toEqual({ ok: false, reason: "book_unavailable" });
    expect(await behind, "who waits behind would only wait as long").toMatchObject({ ok: false });
    expect(Date.now() - started).toBeLessThan(1.5 * D1_TIMEOUT_MS);
    expect(await newest(productId)).toBeNull();
    gate.resolve();
    await putInKv(productId, "1.50");
    await unmarked(productId);
    expect(await resultsOf([one])).toEqual(["duplicate"]);
  });

  it("refuses more than it can hold", async () => {
    const gate = Promise.withResolvers<never>();
    gate.promise.catch(() => undefined);
    vi.spyOn(env.BOOK, "prepare").mockReturnValue({ bind: () => ({ all: () => gate.promise }) } as never);
    const answers = await runInDurableObject(env.QUOTES.getByName("full"), async (object) => {
      const call = () =>
        object.record(Array.from({ length: MAX_QUOTES_PER_CALL }, () => quote("p", Date.now())));
      const held = Array.from({ length: 40 }, call);
      const refused = await call();
      gate.reject(new Error("D1 is away"));
      return [refused, ...(await Promise.all(held))];
    });
    expect(answers[0]).toEqual({ ok: false, reason: "overloaded" });
    expect(answers.at(-1)).toEqual({ ok: false, reason: "book_unavailable" });
  });
});

describe("its entries in KV", () => {
  beforeEach(() => void vi.spyOn(console, "error").mockReturnValue(undefined));
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("that cannot be put are put later, the newest; nobody waits for them", async () => {
    const productId = await bookProduct();
    const failing = vi.spyOn(env.CATALOG, "put").mockRejectedValue(new Error("429"));
    await record([quote(productId, Date.now() - 2000, { amount: "1" })]);
    await eventually(
      async () => failing.mock.calls.length,
      (puts) => expect(puts).toBeGreaterThan(0),
    );
    await record([quote(productId, Date.now() - 1000, { amount: "2" })]);
    expect(await isMarked(productId)).toBe(true);
    failing.mockRestore();
    await putInKv(productId, "2.00");
    await unmarked(productId);
  });

  it("come after a crash between D1 and KV: by the alarm, though nobody calls", async () => {
    const productId = await bookProduct();
    const lost = vi.spyOn(env.CATALOG, "put").mockRejectedValue(new Error("killed"));
    await record([quote(productId, Date.now(), { amount: "3" })]);
    await eventually(
      async () => lost.mock.calls.length,
      (puts) => expect(puts).toBeGreaterThan(0),
    );
    await kill();
    lost.mockRestore();
    expect(await inKv(productId)).toBeUndefined();
    expect(await runDurableObjectAlarm(quotesObject())).toBe(true);
    await putInKv(productId, "3.00");
    await unmarked(productId);
    await runDurableObjectAlarm(quotesObject());
    const alarmAt = await runInDurableObject(quotesObject(), (_, { storage }) => storage.getAlarm());
    expect(alarmAt, "and sleeps then").toBeNull();
  });

  it("come after a crash before D1 has answered, if D1 has it; and listeners hear of it", async () => {
    const productId = await bookProduct();
    const heard = vi.spyOn(HubObject.prototype, "quotesChanged");
    await quotesObject().follow("levels:9");
    const batch = env.BOOK.batch.bind(env.BOOK);
    vi.spyOn(env.BOOK, "batch").mockImplementationOnce(async (statements) => {
      await batch(statements);
      return new Promise(() => undefined);
    });
    void quotesObject()
      .record([quote(productId, Date.now(), { amount: "4" })])
      .catch(() => undefined);
    await eventually(
      () => newest(productId),
      (row) => expect(row).not.toBeNull(),
    );
    expect(heard).not.toHaveBeenCalled();
    await kill();
    await isMarked(productId);
    await putInKv(productId, "4.00");
    await eventually(
      async () => heard.mock.calls.flatMap(([updates]) => updates),
      (updates) => expect(updates).toContainEqual(expect.objectContaining({ productId, amount: "4.00" })),
    );
  });

  it("are spaced: the next of a product waits, and then it is the newest", async () => {
    const productId = await bookProduct();
    const puts = vi.spyOn(env.CATALOG, "put");
    const now = Date.now();
    await record([quote(productId, now - 3000, { amount: "1" })]);
    await putInKv(productId, "1.00");
    await unmarked(productId);
    await record([quote(productId, now - 2000, { amount: "2" })]);
    await record([quote(productId, now - 1000, { amount: "3" })]);
    await sleep(200);
    expect(puts.mock.calls.filter(([key]) => key.endsWith(productId))).toHaveLength(1);
    expect(await isMarked(productId)).toBe(true);
    vi.useFakeTimers({ toFake: ["Date"], now: now + QUOTE_KV_SPACING_MS + 1000 });
    expect(await runDurableObjectAlarm(quotesObject())).toBe(true);
    await putInKv(productId, "3.00");
    await unmarked(productId);
    expect(puts.mock.calls.filter(([key]) => key.endsWith(productId))).toHaveLength(2);
  });
});
