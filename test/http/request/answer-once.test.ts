/** One answer per key when what is behind it fails: its own object, the products, the caller. */
import { abortAllDurableObjects, createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Envelope, ExecuteOptions, Result } from "../../../src/domain/command";
import { createApp } from "../../../src/http/app";

const app = createApp();
let made = 0;

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function newProduct(): Promise<string> {
  made += 1;
  const productId = `once-${made}`;
  const initial = { locationId: "main", quantity: 10 };
  const command = { verb: "create" as const, fields: {}, initial };
  await env.PRODUCT.getByName(productId).execute([{ command, actor: "test", clamped: false }]);
  return productId;
}

async function onHand(productId: string): Promise<number> {
  const read = await env.PRODUCT.getByName(productId).read({ view: "stock", clamped: false });
  return (JSON.parse((read as { body: string }).body) as { onHand: number }).onHand;
}

const sale = (productId: string) => ({ op: "adjust", productId, delta: -1, type: "sale", reason: "sold" });

interface BulkOptions {
  key: string;
  bindings?: object;
  caller?: string;
}

async function bulk(productIds: string[], { key, bindings = {}, caller = "root" }: BulkOptions) {
  const headers = { "X-API-Key": caller, "Content-Type": "application/json", "Idempotency-Key": key };
  const body = JSON.stringify({ operations: productIds.map(sale) });
  const request = new Request("https://holdfast.test/v1/inventory/bulk", { method: "POST", headers, body });
  const { BOOK, CATALOG, PRODUCT, IDEMPOTENCY } = env;
  const keys = { API_KEYS: "warehouse=stock:write", ADMIN_API_KEYS: "root", ENVIRONMENT: "development" };
  const context = createExecutionContext();
  const bound = { ...keys, BOOK, CATALOG, PRODUCT, IDEMPOTENCY, ...bindings } as unknown as Env;
  const answer = await app.fetch(request, bound, context);
  await waitOnExecutionContext(context);
  const text = await answer.text();
  const replayed = answer.headers.get("Idempotency-Replayed") === "true";
  return { status: answer.status, text, replayed, body: JSON.parse(text) as Body };
}

interface Body {
  code?: string;
  results?: { applied: boolean; replayed?: boolean; code?: string }[];
}

type Execute = (envelopes: Envelope[], options: ExecuteOptions) => Promise<Result[]>;

/** The real products, whose calls go through `between`. */
function products(between: (productId: string, execute: Execute) => Execute): object {
  const getByName = (productId: string) => {
    const stub = env.PRODUCT.getByName(productId);
    return {
      execute: between(
        productId,
        (envelopes, options) => stub.execute(envelopes, options) as Promise<Result[]>,
      ),
    };
  };
  return { PRODUCT: { getByName } };
}

/** The real keys, one of whose methods fails. */
function keys(method: "begin" | "finish" | "abandon", fail: () => Promise<never>): object {
  const getByName = (name: string) => {
    const stub = env.IDEMPOTENCY.getByName(name);
    const real = {
      begin: (print: string) => stub.begin(print),
      finish: (print: string, answer: never) => stub.finish(print, answer),
      abandon: (turn: string, untouched: boolean) => stub.abandon(turn, untouched),
    };
    return { ...real, [method]: fail };
  };
  return { IDEMPOTENCY: { getByName } };
}
const lost = () => Promise.reject(new Error("inner secret"));

describe("a request under a key", () => {
  it("does nothing when the key's object cannot be reached", async () => {
    const a = await newProduct();
    const answer = await bulk([a], { key: "k", bindings: keys("begin", lost) });
    expect([answer.status, answer.body.code]).toEqual([503, "overloaded"]);
    expect(answer.text).not.toContain("secret");
    expect(await onHand(a)).toBe(10);
    expect((await bulk([a], { key: "k" })).replayed).toBe(false);
  });

  it("is answered although its answer cannot be kept; sent again, its rows replay", async () => {
    const a = await newProduct();
    const first = await bulk([a], { key: "unkept", bindings: keys("finish", lost) });
    expect(first.body.results).toMatchObject([{ applied: true }]);
    await abortAllDurableObjects();
    const again = await bulk([a], { key: "unkept" });
    expect(again.body.results).toMatchObject([{ applied: true, replayed: true }]);
    expect(await onHand(a)).toBe(9);
    const third = await bulk([a], { key: "unkept" });
    expect([third.replayed, third.text]).toEqual([true, again.text]);
  });

  it("cut off between begin and finish and sent again does no row twice and is answered once", async () => {
    const [a, b] = [await newProduct(), await newProduct()];
    let decided = (): void => undefined;
    const firstDecided = new Promise<void>((resolve) => (decided = resolve));
    const crashing = products((productId, execute) => async (envelopes, options) => {
      // The first product has decided when everything goes down, the key's object with it.
      if (productId === a) {
        await execute(envelopes, options);
        decided();
      } else {
        await firstDecided;
        await abortAllDurableObjects();
      }
      throw new Error("crashed");
    });
    const first = await bulk([a, b], { key: "crash", bindings: crashing });
    expect(first.body.results?.map(({ code }) => code)).toEqual(["overloaded", "overloaded"]);
    expect((await bulk([b, a], { key: "crash" })).body.code).toBe("idempotency_key_reused");
    const again = await bulk([a, b], { key: "crash" });
    expect(again.body.results?.map(({ applied, replayed }) => [applied, replayed])).toEqual([
      [true, true],
      [true, undefined],
    ]);
    expect([again.replayed, await onHand(a), await onHand(b)]).toEqual([false, 9, 9]);
    const third = await bulk([a, b], { key: "crash" });
    expect([third.replayed, third.text]).toEqual([true, again.text]);
  });

  it("that removes something, cut off after it did, finds it gone and says that it is", async () => {
    const remove = async (path: string, key: string, bindings: object = {}) => {
      const headers = { "X-API-Key": "root", "Idempotency-Key": key };
      const request = new Request(`https://holdfast.test${path}`, { method: "DELETE", headers });
      const bound = { ...env, ADMIN_API_KEYS: "root", ...bindings } as unknown as Env;
      return (await app.fetch(request, bound, createExecutionContext())).status;
    };
    const insert =
      "INSERT INTO locations (location_id, name, priority, created_at_ms) VALUES ('gone', 'G', 9, 0)";
    await env.BOOK.prepare(insert).run();
    const webhookId = "wh_01KDTBQ6Z5Y0G8X4V3JQ2M7N9P";
    const register = "INSERT INTO webhooks (webhook_id, created_at_ms) VALUES (?, 0)";
    await env.BOOK.prepare(register).bind(webhookId).run();
    for (const path of ["/v1/locations/gone", `/v1/webhooks/${webhookId}`]) {
      expect(await remove(path, path, keys("finish", lost))).toBe(204);
      await abortAllDurableObjects();
      expect(await remove(path, path)).toBe(204);
      expect(await remove(path, `other ${path}`)).toBe(404);
    }
  });

  it("is tried again when it comes again as long as a row failed on the way", async () => {
    const a = await newProduct();
    const first = await bulk([a], { key: "way", bindings: products(() => lost) });
    expect(first.body.results).toMatchObject([{ applied: false, code: "overloaded" }]);
    const again = await bulk([a], { key: "way" });
    expect([again.replayed, again.body.results]).toMatchObject([false, [{ applied: true }]]);
  });

  it("refused whole frees its key; where that fails the key stays its own", async () => {
    const a = await newProduct();
    const reserve = async (asked: BulkOptions) => {
      const headers = {
        "X-API-Key": "warehouse",
        "Content-Type": "application/json",
        "Idempotency-Key": asked.key,
      };
      const operations = [sale(a), { op: "reserve", productId: a, quantity: 1 }];
      const request = new Request("https://holdfast.test/v1/inventory/bulk", {
        method: "POST",
        headers,
        body: JSON.stringify({ operations }),
      });
      const bound = { ...env, API_KEYS: "warehouse=stock:write", ...asked.bindings } as unknown as Env;
      return (await app.fetch(request, bound, createExecutionContext())).status;
    };
    expect(await reserve({ key: "free" })).toBe(403);
    expect((await bulk([a], { key: "free", caller: "warehouse" })).status).toBe(200);
    expect(await reserve({ key: "stuck", bindings: keys("abandon", lost) })).toBe(403);
    expect((await bulk([a], { key: "stuck", caller: "warehouse" })).body.code).toBe("idempotency_key_reused");
  });

  it("without a key costs no object", async () => {
    const asked = vi.fn<() => never>();
    const headers = { "X-API-Key": "root", "Content-Type": "application/json" };
    const body = JSON.stringify({ operations: [sale(await newProduct())] });
    const request = new Request("https://holdfast.test/v1/inventory/bulk", { method: "POST", headers, body });
    const bound = { ...env, ADMIN_API_KEYS: "root", IDEMPOTENCY: { getByName: asked } } as unknown as Env;
    expect((await app.fetch(request, bound, createExecutionContext())).status).toBe(200);
    expect(asked).not.toHaveBeenCalled();
  });
});
