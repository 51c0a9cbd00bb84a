/** From an isolate to the Meter: nothing twice, nothing lost, and nobody waits for it. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { METER_BACKOFF, METER_FLUSH_LOST_MS } from "../../src/limits/metrics";
import type { Flush } from "../../src/telemetry/meter-buffer";
import { keyOf } from "../../src/telemetry/series";
import { call, eventually, newProduct } from "../acceptance/api";

type Buffer = typeof import("../../src/telemetry/meter-buffer");

/** A Meter that does with a flush what it is told. */
function meterThat(add: (flush: Flush) => Promise<void>) {
  const meter = { add };
  const METER = { getByName: () => meter };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that the buffer knows of it
  return { ...env, METER } as unknown as Env;
}

const SOURCE = { source: "coingecko", outcome: "ok" } as const;
const KEY = keyOf("holdfast_source_calls_total", SOURCE);

/** What a Meter that counts each flush once has of that series. */
function totalOf(flushes: readonly Flush[]): number {
  const bySeq = new Map(flushes.map((flush) => [flush.seq, flush.numbers[KEY] ?? 0]));
  return [...bySeq.values()].reduce((sum, by) => sum + by, 0);
}

let buffer: Buffer;
let now = 0;

beforeEach(async () => {
  vi.resetModules();
  buffer = await import("../../src/telemetry/meter-buffer");
  now = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => now);
  vi.spyOn(console, "error").mockReturnValue(undefined);
});
afterEach(() => vi.restoreAllMocks());

describe("the buffer", () => {
  it("sends what was counted meanwhile together, and nothing when nothing was", async () => {
    const flushes: Flush[] = [];
    const target = meterThat(async (flush) => void flushes.push(structuredClone(flush)));
    buffer.flushSoon(target);
    for (let index = 0; index < 300; index += 1) {
      buffer.count("holdfast_source_calls_total", SOURCE);
      buffer.flushSoon(target);
    }
    buffer.observe("holdfast_webhook_lag_seconds", {}, 3);
    await vi.waitFor(() => expect(flushes).toHaveLength(1), 5000);
    expect(flushes[0]).toMatchObject({ seq: 1, numbers: { [KEY]: 300 } });
    expect(flushes[0]?.distributions["holdfast_webhook_lag_seconds"]?.sum).toBe(3);
  });

  it("sends a flush whose answer was lost again as it was, and what came since after it", async () => {
    const flushes: Flush[] = [];
    const target = meterThat(async (flush) => {
      flushes.push(structuredClone(flush));
      if (flushes.length === 1) throw new Error("the answer is lost");
    });
    buffer.count("holdfast_source_calls_total", SOURCE, 5);
    buffer.flushSoon(target);
    await vi.waitFor(() => expect(flushes).toHaveLength(1), 5000);
    buffer.count("holdfast_source_calls_total", SOURCE, 2);
    now += METER_BACKOFF.maxMs;
    buffer.flushSoon(target);
    await vi.waitFor(() => expect(flushes).toHaveLength(3), 8000);
    expect(flushes[1]).toEqual(flushes[0]);
    expect(flushes.map(({ seq }) => seq)).toEqual([1, 1, 2]);
    expect(totalOf(flushes)).toBe(7);
  });

  it("begins again where the request that carried a flush was ended, and counts it once", async () => {
    const flushes: Flush[] = [];
    let answers = false;
    const target = meterThat((flush) => {
      flushes.push(structuredClone(flush));
      return answers ? Promise.resolve() : new Promise(() => undefined);
    });
    buffer.count("holdfast_source_calls_total", SOURCE, 4);
    buffer.flushSoon(target);
    await vi.waitFor(() => expect(flushes).toHaveLength(1), 5000);
    buffer.flushSoon(target);
    answers = true;
    now += METER_FLUSH_LOST_MS;
    buffer.flushSoon(target);
    await vi.waitFor(() => expect(flushes).toHaveLength(2), 5000);
    expect(flushes[1]).toEqual(flushes[0]);
    expect(totalOf(flushes)).toBe(4);
  });

  it("is bounded however long the Meter is away, and whatever is counted", async () => {
    const { MAX_SERIES } = await import("../../src/limits/metrics");
    for (let index = 0; index < MAX_SERIES + 50; index += 1)
      buffer.count("holdfast_commands_total", { verb: "reserve", outcome: `made-up-${index}` });
    const flushes: Flush[] = [];
    buffer.flushSoon(meterThat(async (flush) => void flushes.push(flush)));
    await vi.waitFor(() => expect(flushes).toHaveLength(1), 5000);
    const numbers: Record<string, number> = flushes[0]?.numbers ?? {};
    expect(Object.keys(numbers).length).toBeLessThanOrEqual(MAX_SERIES + 1);
    expect(numbers["holdfast_metrics_dropped_total"]).toBe(50);
  });
});

describe("a Meter that does not answer", () => {
  it("slows nothing, and gets everything later", async () => {
    vi.restoreAllMocks();
    const productId = await newProduct(5);
    const meter = env.METER.getByName("meter");
    const asked = vi.fn<() => Promise<never>>(() => new Promise(() => undefined));
    const away = vi.spyOn(env.METER, "getByName").mockReturnValue(
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it stalls whatever it is asked
      { add: asked, measured: asked, check: asked } as unknown as typeof meter,
    );
    const startedAt = performance.now();
    for (let index = 0; index < 50; index += 1) await call(`GET /v1/inventory/${productId}`);
    expect((performance.now() - startedAt) / 50).toBeLessThan(100);
    await vi.waitFor(() => expect(asked).toHaveBeenCalled(), 5000);
    for (let index = 0; index < 50; index += 1) await call(`GET /v1/inventory/${productId}`);
    away.mockRestore();
    const labels = {
      method: "GET",
      route: "/v1/inventory/{productId}",
      status: "200",
      client: "staff",
    } as const;
    await eventually(
      async () => {
        await call(`GET /v1/inventory/${productId}-none`);
        return meter.snapshot();
      },
      ({ numbers }) => expect(numbers[keyOf("holdfast_http_requests_total", labels)]).toBe(100),
      40,
    );
  });
});
