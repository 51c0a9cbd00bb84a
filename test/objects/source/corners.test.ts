/** What seldom happens: no key, a list that is gone, products and prices that are refused. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SourcedProduct } from "../../../src/domain/source";
import { SOURCE_CATALOG_MS, SOURCE_CONCURRENCY, SOURCE_MAX_FAILED_EDITS } from "../../../src/limits/sources";
import { sourcePorts, type SourcePorts } from "../../../src/objects/source/ports";
import { SourceObject } from "../../../src/objects/source/source-object";
import { begin, NEW_STATE, type Run } from "../../../src/objects/source/state";
import { runStep } from "../../../src/objects/source/step";
import type { Source } from "../../../src/sources/source";
import { newId } from "../../acceptance/api";
import { forgetSource, sourceOf } from "./world";

let errors: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  errors = vi.spyOn(console, "error").mockReturnValue(undefined);
});
afterEach(() => void vi.restoreAllMocks());

function run(listed: boolean): Run {
  const { run: begun } = begin(NEW_STATE, { total: 1, listed, now: SOURCE_CATALOG_MS });
  return begun ?? expect.fail("no run");
}

const QUOTE = {
  amount: "1.00",
  currency: "USD",
  atMs: 1,
  change24hPercent: null,
  marketCap: null,
  volume24h: null,
};

/** A source of one record, and a book with these products. */
function world(products: SourcedProduct[], more: Partial<SourcePorts> = {}) {
  const fields = { kind: "asset", name: "A", imageUrl: null, attributes: {} };
  const fetched = {
    records: [{ externalId: "a", fields, quote: QUOTE }],
    rejected: [{ externalId: "b", reason: "name: is missing" }],
  };
  const source: Source = {
    name: "coingecko",
    idsPerCall: 2,
    idsPerImport: 2,
    refreshMs: 1000,
    spacingMs: 0,
    fetchRecords: () => Promise.resolve(fetched),
    listRecords: () => Promise.resolve({ ...fetched, nextPage: null }),
  };
  const ports: SourcePorts = {
    count: () => Promise.resolve(products.length),
    after: () => Promise.resolve(products),
    of: () => Promise.resolve(products),
    origins: () => Promise.resolve(new Map()),
    edit: () => Promise.resolve({ ok: false, refusal: { code: "product_not_found", productId: "a" } }),
    upsert: () => Promise.reject(new Error("not here")),
    record: (quotes) =>
      Promise.resolve(quotes.map(({ productId }) => ({ productId, result: "recorded" as const }))),
    ...more,
  };
  return { source, ports, ask: <T>(call: () => Promise<T>) => call() };
}

const A: SourcedProduct = {
  productId: "a",
  externalId: "a",
  kind: "asset",
  name: "A",
  imageUrl: null,
  attributes: {},
};

describe("a step", () => {
  it("counts prices and products that are refused, and says which records were no good", async () => {
    const refusing = world([A, { ...A, productId: "b", externalId: "b", name: "B" }], {
      record: (quotes) =>
        Promise.resolve(quotes.map(({ productId }) => ({ productId, result: "refused", code: "future" }))),
    });
    const after = await runStep(refusing, run(false));
    expect(after.run).toMatchObject({ products: 2, quotes: 0, refused: 2 });
    expect(after).toMatchObject({ ended: false, run: { next: { by: "products", after: ["b", "b"] } } });
    expect(JSON.stringify(errors.mock.calls)).toContain("name: is missing");
  });

  it("ends where there are no more products, and where there is no list any more", async () => {
    expect(await runStep(world([]), run(false))).toMatchObject({ ended: true, run: { products: 0 } });
    const { source, ...others } = world([A]);
    const { listRecords: _, ...listless } = source;
    expect(await runStep({ source: listless, ...others }, run(true))).toMatchObject({ ended: true });
    const empty = {
      ...source,
      listRecords: () => Promise.resolve({ records: [], rejected: [], nextPage: 2 }),
    };
    const next = await runStep({ source: empty, ...others }, run(true));
    expect(next).toMatchObject({ ended: false, run: { next: { by: "list", page: 2 }, products: 0 } });
  });

  it("does not count what was as it should be already", async () => {
    const applied = { ok: true, body: "{}", version: 1, replayed: false, unchanged: true } as const;
    const renamed = world([{ ...A, name: "Old in the book" }], { edit: () => Promise.resolve(applied) });
    expect((await runStep(renamed, run(false))).run).toMatchObject({ changed: 0, refused: 0 });
  });

  it("asks no further product once many could not be reached", async () => {
    let edits = 0;
    const edit = () => {
      edits += 1;
      return Promise.reject(new Error("away"));
    };
    const many = Array.from({ length: 200 }, (_, n) => ({ ...A, productId: `p${n}`, name: "Old" }));
    const { run: after } = await runStep(world(many, { edit }), run(false));
    expect(after).toMatchObject({ products: 200, changed: 0, refused: 200 });
    expect(edits).toBeLessThan(SOURCE_MAX_FAILED_EDITS + SOURCE_CONCURRENCY);
  });

  it("fails when the prices cannot be written, so that it is done again", async () => {
    const failing = world([A], { record: () => Promise.reject(new Error("away")) });
    await expect(runStep(failing, run(false))).rejects.toThrow("away");
  });
});

/** The key is a secret that is not in the environment's type. */
const KEYLESS: Env = Object.assign({ ...env }, { REBRICKABLE_API_KEY: "" });

describe("a source without its key", () => {
  it("is there, does nothing, and says so", async () => {
    await runInDurableObject(sourceOf("rebrickable"), async (_, state) => {
      const source = new SourceObject(state, KEYLESS);
      expect(source.status()).toEqual({
        name: "rebrickable",
        configured: false,
        state: "idle",
        lastSuccessAt: null,
        lastError: null,
        nextRunAt: null,
        progress: null,
      });
      expect(source.refresh()).toBeNull();
      expect(await source.importIds(["1-1"])).toEqual({ ok: false, code: "not_configured" });
      await source.wake();
      await source.alarm();
      expect(await state.storage.getAlarm()).toBeNull();
    });
  });

  it("keeps what it knew while it had one", async () => {
    await sourceOf("rebrickable").refresh();
    await runInDurableObject(sourceOf("rebrickable"), (_, state) => {
      const source = new SourceObject(state, KEYLESS);
      expect(source.status()).toMatchObject({ configured: false, nextRunAt: null });
      // A row that is gone is as one that never was.
      state.storage.sql.exec("DELETE FROM source");
      expect(new SourceObject(state, env).status()).toMatchObject({ configured: true, state: "idle" });
    });
    await forgetSource("rebrickable");
  });
});

describe("the way to a product", () => {
  it("fails where the object answers nothing", async () => {
    const stub = { execute: () => Promise.resolve([]) };
    vi.spyOn(env.PRODUCT, "getByName").mockReturnValue(
      stub as unknown as ReturnType<Env["PRODUCT"]["getByName"]>,
    );
    const ports = sourcePorts(env, "coingecko");
    await expect(ports.edit(newId("x"), {})).rejects.toThrow("answered nothing");
  });
});
