/** Batches that name many products: which objects are woken, and that no product which exists is ever refused. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Envelope, Query } from "../../../src/domain/command";
import { createApp } from "../../../src/http/app";
import { MAX_PRODUCTS_NOT_LOOKED_UP, UNKNOWN_PRODUCTS_ASKED } from "../../../src/limits";

const app = createApp();
const REQUESTS = {
  bulk: { request: "POST /v1/inventory/bulk", body: (ids: string[]) => ({ operations: ids.map(sale) }) },
  updates: {
    request: "POST /v1/inventory/updates",
    body: (ids: string[]) => ({
      storeId: "till",
      updates: ids.map((productId) => ({ productId, delta: -1, idempotencyKey: "k" })),
    }),
  },
  set: {
    request: "PUT /v1/admin/products/set",
    body: (ids: string[]) => ({ products: ids.map((productId) => ({ productId, newQuantity: 1 })) }),
  },
  delete: {
    request: "DELETE /v1/admin/products/delete",
    body: (ids: string[]) => ({ productIds: ids }),
  },
  confirm: {
    request: "POST /v1/reservations/confirm",
    body: (ids: string[]) => ({ reservationIds: ids.map((id) => `${id}~01ARZ3NDEKTSV4RRFFQ69G5FAV`) }),
  },
};
type Kind = keyof typeof REQUESTS;
const KINDS = Object.keys(REQUESTS) as Kind[];

const sale = (productId: string) => ({ op: "adjust", productId, delta: -1, type: "sale", reason: "sold" });
let made = 0;
const newIds = (count: number) => Array.from({ length: count }, () => `unknown-${(made += 1)}`);

async function create(productId: string): Promise<void> {
  const initial = { locationId: "main", quantity: 10 };
  const command = { verb: "create" as const, fields: {}, initial };
  await env.PRODUCT.getByName(productId).execute([{ command, actor: "test", clamped: false }]);
}

interface Result {
  applied?: boolean;
  success?: boolean;
  code?: string;
  errorType?: string;
}

/** What became of each row, and which objects were asked anything. */
async function ask(
  kind: Kind,
  ids: string[],
  { lost, BOOK = env.BOOK }: { lost?: string; BOOK?: object } = {},
) {
  const woken = new Set<string>();
  const through = <T>(productId: string, asking: () => Promise<T>) => {
    woken.add(productId);
    return productId === lost ? Promise.reject(new Error("lost")) : asking();
  };
  const getByName = (productId: string) => {
    const stub = env.PRODUCT.getByName(productId);
    return {
      execute: (all: Envelope[], options: object) =>
        through(productId, async () => stub.execute(all, options)),
      read: (query: Query) => through(productId, async () => stub.read(query)),
    };
  };
  const { request, body } = REQUESTS[kind];
  const [method = "", path = ""] = request.split(" ");
  const headers = { "X-API-Key": "root", "Content-Type": "application/json" };
  const sent = new Request(`https://holdfast.test${path}`, {
    method,
    headers,
    body: JSON.stringify(body(ids)),
  });
  const bindings = { ...env, ADMIN_API_KEYS: "root", API_KEYS: "", BOOK, PRODUCT: { getByName } };
  const answer = await app.fetch(sent, bindings as unknown as Env, createExecutionContext());
  const { results } = (await answer.json()) as { results: Result[] };
  return { woken, codes: results.map((row) => row.code ?? row.errorType ?? "done") };
}

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("names that are no products", () => {
  it.each(KINDS)("wake few objects however many there are, and their rows say so: %s", async (kind) => {
    const ids = newIds(50);
    const { woken, codes } = await ask(kind, ids);
    expect(new Set(codes)).toEqual(
      new Set([kind === "confirm" ? "reservation_not_found" : "product_not_found"]),
    );
    expect(woken.size).toBeLessThanOrEqual(UNKNOWN_PRODUCTS_ASKED);
  });

  it("five hundred in one request, a product among them", async () => {
    const [known = "", ...others] = newIds(500);
    await create(known);
    await vi.waitUntil(async () =>
      env.BOOK.prepare("SELECT 1 FROM products WHERE product_id = ?").bind(known).first(),
    );
    const ids = [...others.slice(0, 250), known, ...others.slice(250)];
    const { woken, codes } = await ask("bulk", ids);
    expect(codes.flatMap((code, index) => (code === "done" ? [index] : []))).toEqual([250]);
    expect(woken.size).toBeLessThanOrEqual(UNKNOWN_PRODUCTS_ASKED + 1);
  });

  it("in a small batch are asked themselves", async () => {
    const ids = newIds(MAX_PRODUCTS_NOT_LOOKED_UP);
    expect((await ask("bulk", ids)).woken.size).toBe(ids.length);
  });
});

describe("products that the book does not know yet", () => {
  /** A book that is behind: it answers, and knows nothing of them. */
  const behind = {
    prepare: (query: string) =>
      query.includes("json_each(?1)") && query.startsWith("SELECT product_id")
        ? { bind: () => ({ all: () => Promise.resolve({ results: [] }) }) }
        : env.BOOK.prepare(query),
    withSession: () => env.BOOK.withSession(),
    batch: (statements: D1PreparedStatement[]) => env.BOOK.batch(statements),
  };
  const away = {
    ...behind,
    prepare: (query: string) =>
      query.startsWith("SELECT product_id")
        ? behind.prepare("").bind("no such thing")
        : env.BOOK.prepare(query),
  };

  it("are not refused when there are few of them", async () => {
    const ids = newIds(UNKNOWN_PRODUCTS_ASKED);
    await Promise.all(ids.map(create));
    expect(new Set((await ask("bulk", [...ids, ...ids], { BOOK: behind })).codes)).toEqual(new Set(["done"]));
  });

  it("are not refused when there are many of them", async () => {
    const ids = newIds(40);
    await Promise.all(ids.map(create));
    expect(new Set((await ask("bulk", ids, { BOOK: behind })).codes)).toEqual(new Set(["done"]));
  });

  it("are not refused among names that are none, once one of them is met", async () => {
    const ids = newIds(40);
    const real = ids.filter((_, index) => index % 4 === 0);
    await Promise.all(real.map(create));
    const { codes } = await ask("bulk", ids, { BOOK: behind });
    expect(codes).toEqual(ids.map((id) => (real.includes(id) ? "done" : "product_not_found")));
  });

  it("are not refused while the book cannot be read", async () => {
    const ids = newIds(30);
    await create(ids[17] ?? "");
    const { codes } = await ask("bulk", ids, { BOOK: away });
    expect(codes).toEqual(ids.map((_, index) => (index === 17 ? "done" : "product_not_found")));
  });

  it("are not refused while a name that is asked does not answer", async () => {
    const ids = newIds(30);
    await create(ids[17] ?? "");
    const { codes } = await ask("bulk", ids, { BOOK: behind, lost: ids[0] ?? "" });
    expect(codes).toEqual(
      ids.map((_, index) => (index === 0 ? "overloaded" : index === 17 ? "done" : "product_not_found")),
    );
  });
});
