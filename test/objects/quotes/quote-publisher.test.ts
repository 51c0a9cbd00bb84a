import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Quote } from "../../../src/domain/quote";
import { KV_TIMEOUT_MS } from "../../../src/limits";
import { QUOTE_ALARM_MS, QUOTE_KV_PASS, QUOTE_KV_SPACING_MS } from "../../../src/limits/quotes";
import { QuotePublisher, UNPUBLISHED_TABLE } from "../../../src/objects/quotes/quote-publisher";

const START = Date.UTC(2026, 10, 20);
let made = 0;

function quoteOf(amount: string): Quote {
  const details = { change24hPercent: null, marketCap: null, volume24h: null };
  return { amount, currency: "USD", source: "feed", atMs: START, ...details };
}

/** A publisher over a D1 and a KV that the test plays, in the storage of an object that is used for nothing else. */
function publishing(work: (it: ReturnType<typeof published>) => Promise<void>): Promise<void> {
  made += 1;
  return runInDurableObject(env.LEDGER.getByName(`publisher-${made}`), async (_, { storage }) => {
    storage.sql.exec(UNPUBLISHED_TABLE);
    vi.useFakeTimers({ now: START });
    await work(published(storage.sql));
  });
}

function published(sql: SqlStorage) {
  const book = new Map<string, Quote>();
  const kv = new Map<string, string>();
  const puts: string[] = [];
  const hanging: (() => void)[] = [];
  const slow = { puts: false };
  const put = vi.fn((productId: string, { amount }: Quote) => {
    puts.push(`${productId} ${amount}`);
    const gate = Promise.withResolvers<void>();
    const land = () => {
      kv.set(productId, amount);
      gate.resolve();
    };
    if (slow.puts) hanging.push(land);
    else land();
    return gate.promise;
  });
  const read = vi.fn(async (ids: readonly string[]) => new Map([...book].filter(([id]) => ids.includes(id))));
  const deps = { read, put, rearm: vi.fn(), unheard: vi.fn(), onFailure: vi.fn() };
  const start = () => new QuotePublisher(sql, deps);
  const publisher = start();
  const recordOn = (on: QuotePublisher, productId: string, amount: string) => {
    on.begin([productId]);
    book.set(productId, quoteOf(amount));
    on.end();
  };
  return {
    deps,
    publisher,
    start,
    book,
    kv,
    puts,
    hanging,
    slow,
    record: (productId: string, amount: string) => recordOn(publisher, productId, amount),
    marks: () =>
      sql
        .exec("SELECT product_id AS id FROM unpublished")
        .toArray()
        .map(({ id }) => id),
  };
}

const soon = () => vi.advanceTimersByTimeAsync(1);

describe("the publisher of quotes", () => {
  afterEach(() => void vi.useRealTimers());

  it("puts the first at once and the next when its time has come, the newest; then it asks for no alarm", () =>
    publishing(async ({ publisher, record, puts, marks }) => {
      record("a", "1");
      await soon();
      expect(puts).toEqual(["a 1"]);
      record("a", "2");
      record("a", "3");
      record("b", "9");
      await soon();
      expect(puts).toEqual(["a 1", "b 9"]);
      expect(marks()).toEqual(["a"]);
      expect(publisher.alarmAt).toBe(START + QUOTE_KV_SPACING_MS);
      vi.setSystemTime(START + QUOTE_KV_SPACING_MS);
      publisher.run();
      await soon();
      expect(puts).toEqual(["a 1", "b 9", "a 3"]);
      expect([marks(), publisher.alarmAt]).toEqual([[], null]);
    }));

  it("puts nothing of a product that is just being written: what it would read is the old price", () =>
    publishing(async ({ publisher, book, puts, marks }) => {
      publisher.begin(["a"]);
      publisher.run();
      await soon();
      expect([puts, marks()]).toEqual([[], ["a"]]);
      expect(publisher.alarmAt, "were it to die now").toBe(Date.now() + QUOTE_ALARM_MS);
      book.set("a", quoteOf("1"));
      publisher.end();
      await soon();
      expect([puts, marks()]).toEqual([["a 1"], []]);
    }));

  it("puts again what was recorded while an older price was on its way", () =>
    publishing(async ({ record, publisher, slow, hanging, puts, kv, marks }) => {
      slow.puts = true;
      record("a", "1");
      await soon();
      record("a", "2");
      slow.puts = false;
      hanging[0]?.();
      await soon();
      expect([puts, marks()]).toEqual([["a 1"], ["a"]]);
      vi.setSystemTime(START + QUOTE_KV_SPACING_MS + 1000);
      publisher.run();
      await soon();
      expect([kv.get("a"), marks()]).toEqual(["2", []]);
    }));

  it("a put that was given up may land after a newer one: then the newest is put once more", () =>
    publishing(async ({ record, publisher, slow, hanging, puts, kv, marks }) => {
      slow.puts = true;
      record("a", "1");
      await vi.advanceTimersByTimeAsync(KV_TIMEOUT_MS);
      slow.puts = false;
      record("a", "2");
      publisher.run();
      await soon();
      expect(kv.get("a")).toBe("2");
      expect(marks(), "a crash now publishes again").toEqual(["a"]);
      expect(publisher.alarmAt).not.toBeNull();
      hanging[0]?.();
      expect(kv.get("a")).toBe("1");
      await vi.advanceTimersByTimeAsync(QUOTE_KV_SPACING_MS);
      publisher.run();
      await soon();
      expect([kv.get("a"), marks(), puts.length]).toEqual(["2", [], 3]);
    }));

  it("a write that was given up and lands after all is published, and those who listen hear of it", () =>
    publishing(async ({ publisher, deps, book, kv, marks }) => {
      const gate = Promise.withResolvers<void>();
      publisher.begin(["a"]);
      publisher.fail(gate.promise);
      await soon();
      expect([kv.size, marks()]).toEqual([0, ["a"]]);
      book.set("a", quoteOf("1"));
      gate.resolve();
      await soon();
      expect([kv.get("a"), marks()]).toEqual(["1", []]);
      expect(deps.unheard.mock.calls).toEqual([[new Map([["a", quoteOf("1")]])]]);
    }));

  it("what was marked before a crash is put after the start, and heard of once", () =>
    publishing(async ({ publisher, start, deps, book, kv, marks }) => {
      publisher.begin(["a", "never-written"]);
      book.set("a", quoteOf("1"));
      const again = start();
      expect(again.alarmAt).not.toBeNull();
      again.run();
      await soon();
      expect([[...kv], marks()]).toEqual([[["a", "1"]], []]);
      expect(deps.unheard).toHaveBeenCalledOnce();
    }));

  it("while KV is away the rest of a pass is not tried; D1 away is the same. The alarm tries again", () =>
    publishing(async ({ publisher, deps, book, kv, marks }) => {
      const ids = Array.from({ length: QUOTE_KV_PASS + 50 }, (_, index) => `p${index}`);
      for (const id of ids) book.set(id, quoteOf("1"));
      deps.put.mockImplementation(() => Promise.reject(new Error("429")));
      publisher.begin(ids);
      publisher.end();
      await soon();
      expect(deps.put.mock.calls.length).toBeLessThan(10);
      expect(deps.onFailure).toHaveBeenCalledOnce();
      expect(marks()).toHaveLength(ids.length);
      deps.read.mockRejectedValueOnce(new Error("D1 is away"));
      publisher.run();
      await soon();
      expect(publisher.alarmAt).toBeGreaterThan(Date.now());
      deps.put.mockImplementation(async (id: string, { amount }: Quote) => void kv.set(id, amount));
      publisher.run();
      await soon();
      expect([kv.size, marks()]).toEqual([ids.length, []]);
    }));
});
