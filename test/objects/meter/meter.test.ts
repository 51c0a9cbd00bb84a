/** The Meter: each flush once, each event once, whatever ends in between. */
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MAX_REPORTERS, REPORTER_KEPT_MS } from "../../../src/limits/metrics";
import { Totals } from "../../../src/objects/meter/totals";
import { Gauges } from "../../../src/objects/meter/gauges";
import type { Flush } from "../../../src/telemetry/meter-buffer";
import { keyOf } from "../../../src/telemetry/series";
import { call, eventually, newProduct } from "../../acceptance/api";

const KEY = keyOf("holdfast_source_calls_total", { source: "rebrickable", outcome: "ok" });
const LAG = "holdfast_webhook_lag_seconds";

/** By its name, so that nobody else's flushes are in it. */
const meterOf = (name: string) => env.METER.getByName(name);
const flush = (reporter: string, seq: number, by = 1): Flush => ({
  reporter,
  seq,
  numbers: { [KEY]: by },
  distributions: { [LAG]: { sum: 2 * by, counts: [by, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] } },
});

afterEach(() => vi.restoreAllMocks());

describe("a flush", () => {
  it("counts once however often it comes, and those of others beside it", async () => {
    const meter = meterOf("once");
    await Promise.all([
      meter.add(flush("a", 1, 3)),
      meter.add(flush("a", 1, 3)),
      meter.add(flush("b", 1, 4)),
    ]);
    await Promise.all([
      meter.add(flush("a", 1, 3)),
      meter.add(flush("a", 2, 10)),
      meter.add(flush("a", 1, 3)),
    ]);
    const { numbers, distributions } = await meter.snapshot();
    expect(numbers[KEY]).toBe(17);
    expect(distributions[LAG]).toEqual({ sum: 34, counts: [17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] });
  });

  it("that was answered is kept through a crash, and is known after it", async () => {
    const name = "crash";
    await meterOf(name).add(flush("a", 1, 3));
    const { startedAtMs } = await meterOf(name).snapshot();
    await abortAllDurableObjects();
    expect((await meterOf(name).snapshot()).numbers[KEY]).toBe(3);
    await Promise.all([meterOf(name).add(flush("a", 1, 3)), meterOf(name).add(flush("a", 2, 4))]);
    await evictDurableObject(meterOf(name));
    const after = await meterOf(name).snapshot();
    expect(after.numbers[KEY]).toBe(7);
    expect(after.startedAtMs).toBe(startedAtMs);
  });

  it("that was not answered counts once when it is sent again after a crash", async () => {
    const name = "unanswered";
    const lost = meterOf(name)
      .add(flush("a", 1, 3))
      .catch(() => "ended");
    expect((await meterOf(name).snapshot()).numbers[KEY]).toBe(3);
    await abortAllDurableObjects();
    expect(await lost).toBe("ended");
    await meterOf(name).add(flush("a", 1, 3));
    expect((await meterOf(name).snapshot()).numbers[KEY]).toBe(3);
  });

  it("of many isolates is few rows", async () => {
    const name = "rows";
    await Promise.all(Array.from({ length: 60 }, (_, index) => meterOf(name).add(flush(`i${index}`, 1))));
    const rows = await runInDurableObject(meterOf(name), (_, { storage }) =>
      Number(storage.sql.exec("SELECT COUNT(*) AS rows FROM documents").one()["rows"]),
    );
    expect(rows).toBeLessThanOrEqual(5);
  });
});

describe("the totals", () => {
  it("show nothing that this release does not know, and count that they left it out", () => {
    const totals = new Totals(new Map());
    totals.add(
      { reporter: "a", seq: 1, numbers: { of_a_later_release: 1, [`${KEY}\tmore`]: 1 }, distributions: {} },
      0,
    );
    expect(totals.all().numbers).toEqual({ holdfast_metrics_dropped_total: 2 });
  });

  it("remember a bounded number of isolates, for a bounded time", () => {
    const totals = new Totals(new Map());
    for (let index = 0; index < MAX_REPORTERS + 10; index += 1) totals.add(flush(`i${index}`, 1), 0);
    expect(totals.add(flush(`i${MAX_REPORTERS}`, 1), 1)).toBe(false);
    const kept = JSON.parse(totals.changed().get("reporters") ?? "[]") as unknown[];
    expect(kept).toHaveLength(MAX_REPORTERS);
    totals.add(flush("later", 1), REPORTER_KEPT_MS + 1);
    expect(JSON.parse(totals.changed().get("reporters") ?? "[]")).toHaveLength(1);
  });

  it("begin a histogram anew where a release has other buckets", () => {
    const old = JSON.stringify({ numbers: {}, distributions: { [LAG]: { sum: 9, counts: [4, 5] } } });
    const totals = new Totals(new Map([[LAG, old]]));
    totals.add(flush("a", 1, 2), 0);
    expect(totals.all().distributions[LAG]).toEqual({ sum: 4, counts: [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] });
  });
});

describe("gauges", () => {
  it("of several are added up, the newest of each, for some minutes", () => {
    const gauges = new Gauges(undefined);
    gauges.set("a", [["g", 1]], 0);
    gauges.set("a", [["g", 2]], 1000);
    gauges.set("b", [["g", 5]], 300_000);
    expect(gauges.all(300_000).get("g")).toBe(7);
    expect(new Gauges(gauges.changed()).all(300_000).get("g")).toBe(7);
    expect(gauges.all(500_000).get("g")).toBe(5);
    expect(gauges.all(1_000_000).has("g")).toBe(false);
  });
});

describe("the book's events", () => {
  async function counted(name: string) {
    const { numbers } = await meterOf(name).snapshot();
    return { offset: numbers["holdfast_book_counted_offset"] ?? -1, events: eventsOf(numbers) };
  }

  function eventsOf(numbers: Record<string, number>): number {
    const found = Object.entries(numbers).filter(([key]) => key.startsWith("holdfast_events_total"));
    return found.reduce((sum, [, value]) => sum + value, 0);
  }

  async function newest(): Promise<number> {
    const row = await env.BOOK.prepare("SELECT MAX(offset) AS newest FROM events").first<{
      newest: number;
    }>();
    return row?.newest ?? 0;
  }

  it("are counted once through crashes, and though their batch is sent twice", async () => {
    const productId = await newProduct(100);
    for (let round = 1; round <= 5; round += 1) {
      await call(`POST /v1/inventory/${productId}/reserve`, { body: { quantity: 1 } });
      await eventually(newest, (offset) => expect(offset).toBeGreaterThanOrEqual(round + 2));
      const first = await counted("book");
      expect(first.events).toBe(first.offset);
      await abortAllDurableObjects();
      await env.PRODUCT.getByName(productId).reproject();
    }
    const last = await counted("book");
    expect(last).toEqual({ offset: await newest(), events: last.offset });
  });

  it("that are no longer kept are passed over, and a log that was put back is gone on from its end", async () => {
    await newProduct(1);
    await eventually(newest, (offset) => expect(offset).toBeGreaterThan(1));
    const name = "retention";
    const whole = await newest();
    await env.BOOK.prepare("DELETE FROM events WHERE offset <= 2").run();
    const trimmed = await counted(name);
    expect(trimmed).toEqual({ offset: whole, events: whole - 2 });
    await env.BOOK.prepare("DELETE FROM events WHERE offset > ?")
      .bind(whole - 1)
      .run();
    expect(await counted(name)).toEqual({ offset: whole - 1, events: whole - 2 });
  });

  it("wait while the book is away, and the rest is shown", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    const name = "away";
    await meterOf(name).add(flush("a", 1, 2));
    const { numbers } = await meterOf(name).snapshot();
    expect(numbers[KEY]).toBe(2);
    expect(numbers["holdfast_book_counted_offset"]).toBe(0);
  });
});
