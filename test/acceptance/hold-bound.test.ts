/** MAX_HOLDS_PER_KEY: a storefront's key has only so many living holds, approximately. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { estimateHolds } from "../../src/d1/hold-sample";
import { HOLDS_COUNT } from "../../src/limits/keys";
import * as api from "./api";
import { call, expectProblem, expectStatus } from "./api";
import { newKey } from "./key-api";

const SELLS = { scopes: ["catalog:read", "stock:read", "reservations:write"] };
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Rows of the book as `count` holds leave them, whose ids end evenly. */
async function holdsInBook(keyId: string, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) => {
    const ulid = `01K${String(n).padStart(22, "0")}${ALPHABET[n % ALPHABET.length]}`;
    return [`P-${keyId}~${ulid}`, `key:${keyId}`];
  });
  await env.BOOK.prepare(
    `INSERT INTO reservations (reservation_id, product_id, location_id, state, quantity, held, confirmed, released,
      returned, created_at, version, owner)
    SELECT r.value ->> 0, 'P', 'main', 'held', 1, 1, 0, 0, 0, '2026-01-01T00:00:00.000Z', 1, r.value ->> 1
    FROM json_each(?) AS r`,
  )
    .bind(JSON.stringify(rows))
    .run();
}

function endAll(keyId: string) {
  return env.BOOK.prepare("UPDATE reservations SET state = 'released', held = 0 WHERE owner = ?")
    .bind(`key:${keyId}`)
    .run();
}

function advance(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

/** Asks once, so that the book is asked beside it, and waits until it has answered. */
async function counted(productId: string, key: string): Promise<void> {
  const prepare = vi.spyOn(env.BOOK, "prepare");
  await api.reserve(productId, { quantity: 1 }, { key });
  const asked = prepare.mock.calls.filter(([sql]) => sql.includes("AS sampled"));
  expect(asked).toHaveLength(1);
  await Promise.allSettled(prepare.mock.results.map(({ value }) => value as unknown));
  await api.sleep(50);
  prepare.mockRestore();
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a storefront's key", () => {
  it("with as many holds as it may have is refused, on every way, until it has fewer", async () => {
    const { key, keyId } = await newKey(SELLS);
    const productId = await api.newProduct(100);
    await holdsInBook(keyId, 10_000);
    await counted(productId, key);
    const body = { quantity: 1 };
    const refused = await api.reserve(productId, body, { key });
    expectProblem(refused, 429, "holds_limit_reached");
    expect(refused.headers.get("Retry-After")).toBe("10");
    const lines = [{ productId, quantity: 1 }];
    const order = { key, body: { orderId: api.newId("order"), lines } };
    expectProblem(await call("POST /v1/reservations", order), 429, "holds_limit_reached");
    const check = await call(`POST /v1/inventory/${productId}/check`, { key, body });
    expectStatus(check, 200);
    await endAll(keyId);
    advance(HOLDS_COUNT.spacingMs);
    await counted(productId, key);
    expectStatus(await api.reserve(productId, body, { key }), 201);
  });

  it("of its batches has the row refused", async () => {
    const { key, keyId } = await newKey({ scopes: ["stock:write", "reservations:write"] });
    const productId = await api.newProduct(100);
    await holdsInBook(keyId, 10_000);
    await counted(productId, key);
    const rows = [{ op: "reserve", productId, quantity: 1 }];
    const operations = [...rows, { op: "adjust", productId, delta: 1, type: "receipt", reason: "delivered" }];
    const answer = await call<{ results: object[] }>("POST /v1/inventory/bulk", {
      key,
      body: { operations },
    });
    expect(expectStatus(answer, 200).results).toEqual([
      expect.objectContaining({ applied: false, status: 429, code: "holds_limit_reached" }),
      expect.objectContaining({ applied: true }),
    ]);
  });

  it("is counted with what it asked for here since the book was asked", async () => {
    const { key, keyId } = await newKey(SELLS);
    const productId = await api.newProduct(100);
    await holdsInBook(keyId, 9984);
    await counted(productId, key);
    const tries = await Promise.all(
      Array.from({ length: 30 }, () => api.reserve(productId, { quantity: 1 }, { key })),
    );
    const statuses = tries.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([201, 429]));
    expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(16);
  });

  it("is not refused by a count that is old, while the book is away", async () => {
    const { key, keyId } = await newKey(SELLS);
    const productId = await api.newProduct(100);
    await holdsInBook(keyId, 10_000);
    await counted(productId, key);
    const prepare = env.BOOK.prepare.bind(env.BOOK);
    const log = vi.spyOn(console, "error").mockReturnValue();
    vi.spyOn(env.BOOK, "prepare").mockImplementation((sql) => {
      if (sql.includes("AS sampled")) throw new Error("Network connection lost.");
      return prepare(sql);
    });
    advance(HOLDS_COUNT.spacingMs);
    expectProblem(await api.reserve(productId, { quantity: 1 }, { key }), 429);
    advance(HOLDS_COUNT.staleMs);
    expectStatus(await api.reserve(productId, { quantity: 1 }, { key }), 201);
    expect(log.mock.calls.filter(([line]) => String(line).includes("holds not counted"))).toHaveLength(2);
  });
});

describe("a key that reads all reservations", () => {
  it("has no bound, and costs no query", async () => {
    const { key, keyId } = await newKey({ scopes: [...SELLS.scopes, "reservations:read"] });
    const productId = await api.newProduct(10);
    await holdsInBook(keyId, 10_000);
    const prepare = vi.spyOn(env.BOOK, "prepare");
    for (let n = 0; n < 3; n += 1) expectStatus(await api.reserve(productId, { quantity: 1 }, { key }), 201);
    expect(prepare.mock.calls.filter(([sql]) => sql.includes("AS sampled"))).toEqual([]);
  });
});

describe("the estimate", () => {
  it("follows holds that are made and end, and reads the sample alone", async () => {
    const { key, keyId } = await newKey(SELLS);
    const productId = await api.newProduct(2000);
    const held = await Promise.all(
      Array.from({ length: 320 }, () => api.reserve(productId, { quantity: 1 }, { key })),
    );
    for (const one of held) expectStatus(one, 201);
    await api.history(productId);
    const estimate = await estimateHolds(env.BOOK, `key:${keyId}`);
    // Six standard deviations, of ids that are drawn at random.
    expect(Math.abs(estimate - 320)).toBeLessThan(6 * Math.sqrt(320 * 15));
    const plan = await env.BOOK.prepare(
      `EXPLAIN QUERY PLAN SELECT COUNT(*) AS sampled FROM reservations
        WHERE owner = ?1 AND state = 'held' AND substr(reservation_id, -1) IN ('0', 'G')`,
    )
      .bind("x")
      .all<{ detail: string }>();
    expect(plan.results.map(({ detail }) => detail).join()).toContain("reservations_held_sample");
    for (const { body } of held) {
      await call(`DELETE /v1/reservations/${body.reservationId}`, { key });
    }
    await api.history(productId);
    expect(await estimateHolds(env.BOOK, `key:${keyId}`)).toBe(0);
  });
});
