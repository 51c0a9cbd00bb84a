/** Batches when what is behind them fails, stalls, or is changed by somebody else; over real objects where they decide. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from "vitest";
import type { Envelope, ExecuteOptions, Result } from "../../../src/domain/command";
import { createApp } from "../../../src/http/app";
import { BATCH_CONCURRENCY, MAX_COMMANDS_PER_CALL } from "../../../src/limits";
import { MAX_BULK_OPERATIONS } from "../../../src/http/wire-limits";

const app = createApp();

interface Row {
  index: number;
  productId: string;
  applied: boolean;
  code?: string;
  status?: number;
  newQuantity?: number | null;
}

interface Answer {
  status: number;
  body: { results: Row[]; summary: Record<string, number>; code?: string };
}

type Execute = (envelopes: Envelope[], options: ExecuteOptions) => Promise<Result[]>;

/** The real objects, with something between them and the caller. */
function through(between: (productId: string, execute: Execute) => Execute): object {
  const getByName = (productId: string) => {
    const stub = env.PRODUCT.getByName(productId);
    const execute: Execute = (envelopes, options) => stub.execute(envelopes, options) as Promise<Result[]>;
    return {
      execute: between(productId, execute),
      read: (query: never) => stub.read(query) as Promise<unknown>,
    };
  };
  return { getByName };
}

async function ask(request: string, body: object, options: { products?: object; key?: string } = {}) {
  const [method = "", path = ""] = request.split(" ");
  const { products = env.PRODUCT, key = "root" } = options;
  const headers = { "X-API-Key": key, "Content-Type": "application/json" };
  const sent = new Request(`https://holdfast.test${path}`, { method, headers, body: JSON.stringify(body) });
  const keys = { API_KEYS: "warehouse=stock:write", ADMIN_API_KEYS: "root", ENVIRONMENT: "development" };
  const bindings = { ...keys, BOOK: env.BOOK, CATALOG: env.CATALOG, PRODUCT: products };
  const answer = await app.fetch(sent, bindings as unknown as Env, createExecutionContext());
  return { status: answer.status, body: await answer.json() } as Answer;
}

let made = 0;

async function newProduct(onHand = 10): Promise<string> {
  made += 1;
  const productId = `batch-${made}`;
  const command = {
    verb: "create" as const,
    fields: {},
    initial: { locationId: "main", quantity: onHand },
  };
  await env.PRODUCT.getByName(productId).execute([{ command, actor: "test", clamped: false }]);
  return productId;
}

async function onHand(productId: string): Promise<number> {
  const stub = env.PRODUCT.getByName(productId);
  const read = (await stub.read({ view: "stock", clamped: false })) as { body: string };
  return (JSON.parse(read.body) as { onHand: number }).onHand;
}

const sale = (productId: string, units = 1) => ({
  op: "adjust",
  productId,
  delta: -units,
  type: "sale",
  reason: "sold",
});
const keyed = (productId: string, key: string) => ({ ...sale(productId), idempotencyKey: key });

const BULK = "POST /v1/inventory/bulk";
const UPDATES = "POST /v1/inventory/updates";

const update = (productId: string) => ({ productId, delta: -1, idempotencyKey: `u-${productId}` });
const codes = ({ body }: Answer) => body.results.map(({ applied, code }) => (applied ? "applied" : code));

/** As the platform's stubs fail. */
const broken = (flags: object = {}) => Object.assign(new Error("inner secret"), flags);

describe("a batch", () => {
  let log: MockInstance<typeof console.error>;
  beforeEach(() => {
    log = vi.spyOn(console, "error").mockReturnValue();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("makes one call a product, a bounded number at a time", async () => {
    const ids = await Promise.all(Array.from({ length: 3 * BATCH_CONCURRENCY }, () => newProduct()));
    let flying = 0;
    let most = 0;
    const calls: string[] = [];
    const products = through((productId, execute) => async (envelopes, options) => {
      calls.push(productId);
      flying += 1;
      most = Math.max(most, flying);
      await scheduler.wait(1);
      const results = await execute(envelopes, options);
      flying -= 1;
      return results;
    });
    const operations = [...ids, ...ids].map((id) => sale(id));
    const { body } = await ask(BULK, { operations }, { products });
    expect(body.summary["applied"]).toBe(2 * ids.length);
    expect(calls.toSorted()).toEqual(ids.toSorted());
    expect(most).toBe(BATCH_CONCURRENCY);
  });

  it("goes on without a product that cannot be reached, whose rows are overloaded", async () => {
    const [a, lost, b] = [await newProduct(), await newProduct(), await newProduct()];
    const products = through((productId, execute) =>
      productId === lost ? () => Promise.reject(broken({ overloaded: true })) : execute,
    );
    const operations = [sale(a), sale(lost), sale(b), sale(lost)];
    const answer = await ask(BULK, { operations }, { products });
    expect(codes(answer)).toEqual(["applied", "overloaded", "applied", "overloaded"]);
    expect(answer.body.results[1]).toMatchObject({ status: 503 });
    expect(JSON.stringify(answer.body)).not.toContain("secret");
    expect(log.mock.calls.join("\n")).toContain("inner secret");
    const read = vi.spyOn(env.PRODUCT.getByName(lost), "read");
    const updates = [a, lost].map(update);
    const { body } = await ask(UPDATES, { storeId: "till", updates }, { products });
    expect(body.results).toMatchObject([
      { productId: a, applied: true, newQuantity: 8 },
      { productId: lost, applied: false, errorType: "overloaded", newQuantity: null },
    ]);
    expect(read, "what is too busy is not asked for its numbers").not.toHaveBeenCalled();
  });

  it("sends a product's rows again when the way broke, if all of them have keys", async () => {
    const [keyedId, mixedId] = [await newProduct(), await newProduct()];
    const calls = new Map<string, number>();
    const products = through((productId, execute) => async (envelopes, options) => {
      const made = (calls.get(productId) ?? 0) + 1;
      calls.set(productId, made);
      const results = await execute(envelopes, options);
      // It decided; the answer was lost.
      if (made === 1) throw broken({ retryable: true });
      return results;
    });
    const operations = [keyed(keyedId, "k1"), keyed(mixedId, "k1"), keyed(keyedId, "k2"), sale(mixedId)];
    const answer = await ask(BULK, { operations }, { products });
    expect(codes(answer)).toEqual(["applied", "overloaded", "applied", "overloaded"]);
    expect([calls.get(keyedId), calls.get(mixedId)]).toEqual([2, 1]);
    expect(await onHand(keyedId)).toBe(8);
  });

  it("stops where a product cannot be reached, when it is to stop", async () => {
    const [a, lost, b] = [await newProduct(), await newProduct(), await newProduct()];
    const products = through((productId, execute) =>
      productId === lost ? () => Promise.reject(broken()) : execute,
    );
    const body = { operations: [sale(a), sale(lost), sale(b)], onError: "stop" };
    expect(codes(await ask(BULK, body, { products }))).toEqual(["applied", "overloaded", "skipped"]);
    expect(await onHand(b)).toBe(10);
  });

  it("never tries row two before row one has been answered, when it is to stop", async () => {
    const [a, b] = [await newProduct(), await newProduct()];
    const order: string[] = [];
    const products = through((productId, execute) => async (envelopes, options) => {
      order.push(`${productId} asked`);
      const results = await execute(envelopes, options);
      order.push(`${productId} answered`);
      return results;
    });
    await ask(BULK, { operations: [sale(a), sale(b)], onError: "stop" }, { products });
    expect(order).toEqual([`${a} asked`, `${a} answered`, `${b} asked`, `${b} answered`]);
  });

  it("under rejectAll reports in its row what somebody else took between the check and the application", async () => {
    const [a, b, c] = [await newProduct(), await newProduct(1), await newProduct()];
    const products = through((productId, execute) => async (envelopes, options) => {
      const results = await execute(envelopes, options);
      if (options.dryRun && productId === b) {
        const rival: Envelope = {
          command: {
            verb: "reserve",
            quantity: 1,
            locationIds: ["main"],
            anyLocation: false,
            ttlSeconds: 60,
          },
          actor: "test",
          clamped: false,
        };
        await execute([rival], {});
      }
      return results;
    });
    const body = { operations: [sale(a), sale(b), sale(c)], onError: "rejectAll" };
    const answer = await ask(BULK, body, { products });
    expect(codes(answer)).toEqual(["applied", "below_reserved", "applied"]);
    expect(answer.body.summary).toEqual({ total: 3, applied: 2, changed: 2, failed: 1, skipped: 0 });
    expect([await onHand(a), await onHand(b), await onHand(c)]).toEqual([9, 1, 9]);
  });

  it("under rejectAll applies nothing when a product cannot be asked", async () => {
    const [a, lost] = [await newProduct(), await newProduct()];
    const products = through((productId, execute) =>
      productId === lost ? () => Promise.reject(broken()) : execute,
    );
    const body = { operations: [sale(a), sale(lost)], onError: "rejectAll" };
    expect(codes(await ask(BULK, body, { products }))).toEqual(["skipped", "overloaded"]);
    expect(await onHand(a)).toBe(10);
  });

  it("says internal for rows that an object leaves unanswered", async () => {
    const a = await newProduct();
    const products = through(() => () => Promise.resolve([]));
    expect(codes(await ask(BULK, { operations: [sale(a)] }, { products }))).toEqual(["internal"]);
    const alone = await ask(UPDATES, { storeId: "till", ...update(a) }, { products });
    expect([alone.status, alone.body.code]).toEqual([500, "internal"]);
  });

  it("has no numbers for a refused update whose product cannot be read", async () => {
    const a = await newProduct();
    const stub = env.PRODUCT.getByName(a);
    const execute: Execute = (envelopes, options) => stub.execute(envelopes, options) as Promise<Result[]>;
    const products = { getByName: () => ({ execute, read: () => Promise.reject(broken()) }) };
    const body = { storeId: "till", ...update(a), version: 99 };
    const refused = await ask(UPDATES, body, { products });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ errorType: "version_conflict", newQuantity: null, current: 2 });
  });

  it("is refused whole, and does nothing, where the key may not do what a row asks", async () => {
    const a = await newProduct();
    for (const more of [
      { op: "reserve", productId: a, quantity: 1 },
      { op: "release", productId: a, orderId: "O" },
    ]) {
      const { status, body } = await ask(BULK, { operations: [sale(a), more] }, { key: "warehouse" });
      expect([status, body.code]).toEqual([403, "forbidden"]);
    }
    expect(await onHand(a)).toBe(10);
    expect(codes(await ask(BULK, { operations: [sale(a)] }, { key: "warehouse" }))).toEqual(["applied"]);
  });

  it("takes no more rows than an object takes in one call", () => {
    expect(MAX_BULK_OPERATIONS).toBeLessThanOrEqual(MAX_COMMANDS_PER_CALL);
  });
});
