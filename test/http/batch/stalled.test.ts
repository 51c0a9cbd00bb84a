/** A product that never answers. In a file of its own: real objects would take their part in a clock that stands still. */
import { createExecutionContext } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import { createApp } from "../../../src/http/app";
import { BATCH_CALL_TIMEOUT_MS } from "../../../src/limits";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("a batch does not wait for ever for one of its products", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const done = [{ ok: true, body: "{}", version: 2, replayed: false }];
  const execute = (productId: string) =>
    productId === "stuck" ? new Promise<never>(() => undefined) : Promise.resolve(done);
  const PRODUCT = { getByName: (productId: string) => ({ execute: () => execute(productId) }) };
  const operations = ["well", "stuck"].map((productId) => ({
    op: "count",
    productId,
    newQuantity: 1,
    reason: "stock take",
  }));
  const request = new Request("https://holdfast.test/v1/inventory/bulk", {
    method: "POST",
    headers: { "X-API-Key": "root", "Content-Type": "application/json" },
    body: JSON.stringify({ operations }),
  });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const bindings = {
    API_KEYS: "demo",
    ADMIN_API_KEYS: "root",
    ENVIRONMENT: "development",
    PRODUCT,
  } as unknown as Env;
  const asked = Promise.resolve(createApp().fetch(request, bindings, createExecutionContext()));
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1), { timeout: 5000 });
  await vi.advanceTimersByTimeAsync(BATCH_CALL_TIMEOUT_MS);
  const { results } = (await (await asked).json()) as { results: { applied: boolean; code?: string }[] };
  expect(results.map(({ applied, code }) => [applied, code])).toEqual([
    [true, undefined],
    [false, "overloaded"],
  ]);
});
