/** What the minute job measures, and the export by OTLP: read here as its protocol says, and compared with /metrics. */
import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { exportMetrics, measureLedgers } from "../../src/jobs/telemetry";
import worker from "../../src/worker";
import { ADMIN, call, eventually, newProduct } from "../acceptance/api";
import { parseExposition, sumOf } from "../telemetry/exposition";
import { readOtlp, type OtlpPoint } from "../telemetry/otlp-reader";

afterEach(() => vi.restoreAllMocks());

const CONFIGURED = {
  ...env,
  OTLP_ENDPOINT: "https://otlp.example/base/",
  OTLP_HEADERS: "Authorization=Basic%20abc%3D, X-Scope=shop",
} as unknown as Env;

/** Whatever is sent to it, and what it answers. */
function receiver(answer: () => Promise<Response> = async () => new Response("{}")) {
  const requests: { url: string; headers: Headers; body: string }[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    requests.push({ url: request.url, headers: request.headers, body: await request.text() });
    return answer();
  });
  return requests;
}

const scrape = async () => parseExposition((await call("GET /metrics", { key: ADMIN })).text, "prometheus");

function sumOfPoints(points: readonly OtlpPoint[], name: string): number {
  return points.filter((point) => point.name === name).reduce((sum, { value }) => sum + value, 0);
}

describe("the export", () => {
  it("has the numbers of /metrics, in the protocol's own words", async () => {
    const productId = await newProduct(3);
    for (let index = 0; index < 5; index += 1)
      await call(`POST /v1/inventory/${productId}/reserve`, { body: { quantity: 1 } });
    await eventually(scrape, (families) => {
      expect(sumOf(families, "holdfast_reservations_total", { outcome: "held" })).toBe(3);
      expect(sumOf(families, "holdfast_commands_total", { verb: "reserve" })).toBe(5);
    });
    const requests = receiver();
    const before = await scrape();
    await exportMetrics(CONFIGURED, Date.now());
    const after = await scrape();
    const [sent] = requests;
    expect(sent?.url).toBe("https://otlp.example/base/v1/metrics");
    expect(sent?.headers.get("Content-Type")).toBe("application/json");
    expect(sent?.headers.get("Authorization")).toBe("Basic abc=");
    expect(sent?.headers.get("X-Scope")).toBe("shop");
    const points = readOtlp(sent?.body ?? "");
    for (const family of before.values()) {
      const name = family.type === "histogram" ? `${family.name}_count` : family.name;
      const received = sumOfPoints(points, family.name);
      expect(received, family.name).toBeGreaterThanOrEqual(sumOf(before, name));
      expect(received, family.name).toBeLessThanOrEqual(sumOf(after, name));
    }
    expect(sumOfPoints(points, "holdfast_reservation_units_total")).toBe(3);
  });

  it.each([
    ["refuses", async () => new Response("no", { status: 401 })],
    ["cannot be reached", () => Promise.reject(new Error("connection refused"))],
  ])("to a receiver that %s is logged and counted, and holds up no job", async (_, answer) => {
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    receiver(answer);
    await exportMetrics(CONFIGURED, Date.now());
    expect(log.mock.calls.join()).toContain("metrics not exported");
    expect(log.mock.calls.join()).not.toContain("abc=");
  });

  it("is not made where nobody has asked for it", async () => {
    const requests = receiver();
    await worker.scheduled(createScheduledController({ cron: "* * * * *" }), env);
    expect(requests).toEqual([]);
  });
});

describe("the minute job", () => {
  it("measures while the book is away how old what waits for it is", async () => {
    const productId = await newProduct(3);
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    await call(`POST /v1/inventory/${productId}/reserve`, { body: { quantity: 1 } });
    await vi.waitFor(() => expect(away).toHaveBeenCalled(), 5000);
    const measured = async () => {
      await measureLedgers(env, Date.now() + 60_000);
      return scrape();
    };
    await eventually(measured, (families) => {
      expect(sumOf(families, "holdfast_outbox_oldest_seconds")).toBeGreaterThanOrEqual(59);
      expect(sumOf(families, "holdfast_outbox_oldest_seconds")).toBeLessThan(90);
      expect(sumOf(families, "holdfast_outbox_turned_away")).toBe(1);
      // Nor is it seen only while it tries again.
      expect(sumOf(families, "holdfast_outbox_waiting_entries")).toBe(0);
    });
    away.mockRestore();
    await eventually(measured, (families) => {
      expect(sumOf(families, "holdfast_outbox_turned_away")).toBe(0);
      expect(sumOf(families, "holdfast_outbox_oldest_seconds")).toBe(0);
    });
  });
});
