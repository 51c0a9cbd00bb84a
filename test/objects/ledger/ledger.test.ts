import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { BookEntry } from "../../../src/d1/projection";
import {
  DRAIN_DELAY_MS,
  DRAIN_RATE,
  MAX_LEDGER_BATCH_PRODUCTS,
  MAX_LEDGER_WAITING,
} from "../../../src/limits";

function entry(productId: string, versions: number[], extra: Partial<BookEntry> = {}): BookEntry {
  const at = "2026-01-02T03:04:05.678Z";
  const events = versions.map((version) =>
    JSON.stringify({
      id: `${productId}:${version}`,
      type: "product.updated",
      productId,
      version,
      at,
      actor: "t",
      data: {},
    }),
  );
  return {
    productId,
    events: events.join(","),
    fromVersion: (versions[0] ?? 1) - 1,
    toVersion: versions.at(-1) ?? 0,
    stock: null,
    catalog: null,
    ...extra,
  };
}

async function book(productId: string) {
  const rows = await env.BOOK.prepare(
    "SELECT offset, version, at_ms FROM events WHERE product_id = ? ORDER BY offset",
  )
    .bind(productId)
    .all<{ offset: number; version: number; at_ms: number }>();
  return rows.results;
}

describe("the ledger", () => {
  const ledger = () => env.LEDGER.getByName("ledger:test");

  afterEach(() => void vi.restoreAllMocks());

  it("commits what arrives together in few batches, each product in its order, offsets dense", async () => {
    const batches = vi.spyOn(env.BOOK, "batch");
    const ids = Array.from({ length: 30 }, (_, index) => `ledger-${index}`);
    const answers = await Promise.all(ids.map((id) => ledger().append(entry(id, [1, 2, 3]))));
    expect(answers).toEqual(ids.map(() => ({ ok: true })));
    expect(batches.mock.calls.length).toBeLessThan(10);
    const all = await env.BOOK.prepare("SELECT offset FROM events ORDER BY offset").all<{ offset: number }>();
    expect(all.results.map(({ offset }) => offset)).toEqual(all.results.map((_, index) => index + 1));
    for (const id of ids) expect((await book(id)).map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  it("asks senders to gather when many entries come, and no longer once few do", async () => {
    const busy = env.LEDGER.getByName("ledger:busy");
    const sendOne = (index: number) => busy.append(entry(`busy-${index}`, [1]));
    await Promise.all(Array.from({ length: 2 * DRAIN_RATE.most }, (_, index) => sendOne(index)));
    await scheduler.wait(DRAIN_RATE.windowMs);
    const { gatherMs = 0 } = await sendOne(-1);
    expect(gatherMs).toBeGreaterThan(DRAIN_DELAY_MS);
    await vi.waitFor(async () => expect(await sendOne(Math.random())).toEqual({ ok: true }), 8000);
  });

  it("drops what the book has already and burns no offset for it", async () => {
    await ledger().append(entry("again", [1, 2]));
    await ledger().append(entry("again", [1, 2, 3]));
    await ledger().append(entry("other", [1]));
    const [first, second, third] = await book("again");
    expect([first?.version, second?.version, third?.version]).toEqual([1, 2, 3]);
    expect(third?.offset).toBe((second?.offset ?? 0) + 1);
    expect((await book("other"))[0]?.offset).toBe((third?.offset ?? 0) + 1);
    expect(first?.at_ms).toBe(Date.parse("2026-01-02T03:04:05.678Z"));
  });

  it("takes the same twice in one batch, as after a batch that was given up, and burns no offset", async () => {
    const ledgers = [entry("twice", [1, 2]), entry("twice", [1, 2, 3]), entry("beside", [1])];
    const answers = await Promise.all(ledgers.map((one) => ledger().append(one)));
    expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
    const [first, second, third] = await book("twice");
    expect([first?.version, second?.version, third?.version]).toEqual([1, 2, 3]);
    const offsets = [...(await book("twice")), ...(await book("beside"))].map(({ offset }) => offset);
    expect(Math.max(...offsets) - Math.min(...offsets)).toBe(3);
  });

  it("says so when D1 refuses, and answers nobody early", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    vi.spyOn(env.BOOK, "batch")
      .mockRejectedValueOnce("no error at all")
      .mockRejectedValueOnce(new Error("D1 is away"));
    expect(await ledger().append(entry("wordless", [1]))).toEqual({ ok: false, reason: "no error at all" });
    expect(await ledger().append(entry("refused", [1]))).toEqual({ ok: false, reason: "D1 is away" });
    expect(await book("refused")).toEqual([]);
    expect(await ledger().append(entry("refused", [1]))).toEqual({ ok: true });
    expect(await book("refused")).toHaveLength(1);
  });

  it("commits more than one batch can take in several, all of it", async () => {
    const batches = vi.spyOn(env.BOOK, "batch");
    const ids = Array.from({ length: MAX_LEDGER_BATCH_PRODUCTS + 10 }, (_, index) => `many-${index}`);
    const answers = await Promise.all(ids.map((id) => ledger().append(entry(id, [1]))));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(batches.mock.calls.length).toBeGreaterThan(1);
    const row = await env.BOOK.prepare(
      "SELECT COUNT(*) AS n FROM events WHERE product_id LIKE 'many-%'",
    ).first();
    expect(row).toEqual({ n: ids.length });
  });

  it("never moves a row to an older version", async () => {
    const stock = (version: number, onHand: number) => ({
      productId: "rows",
      version,
      onHand,
      reserved: 0,
      available: onHand,
      onShelf: onHand,
      availability: "in_stock",
      levels: [],
      nextExpiryAtMs: null,
      catalogVersion: 1,
      stockUpdatedAtMs: version,
    });
    const fields = {
      kind: "item",
      name: "Rows",
      description: null,
      status: "active",
      barcode: null,
      imageUrl: null,
      tags: ["a"],
      attributes: { b: 1 },
      price: { amount: "9.99", currency: "EUR" },
      source: null,
      minimumStockLevel: 0,
      maximumStockLevel: null,
      maxPerCustomer: null,
      createdAtMs: 1,
      updatedAtMs: 1,
      deleted: false,
    };
    const catalog = JSON.stringify({ ...stock(2, 5), ...fields });
    await ledger().append(entry("rows", [1, 2], { catalog }));
    await ledger().append(entry("rows", [3, 4], { stock: JSON.stringify(stock(4, 7)) }));
    await ledger().append(entry("rows", [], { stock: JSON.stringify(stock(3, 6)) }));
    await ledger().append(entry("rows", [], { catalog }));
    const row = await env.BOOK.prepare("SELECT * FROM products WHERE product_id = 'rows'").first();
    expect(row).toMatchObject({
      version: 4,
      on_hand: 7,
      tags: '["a"]',
      attributes: '{"b":1}',
      price_amount: "9.99",
      price_value: 9.99,
      deleted: 0,
    });
  });

  it("refuses more than it can hold", async () => {
    const gate = Promise.withResolvers<D1Result[]>();
    vi.spyOn(env.BOOK, "batch").mockReturnValue(gate.promise as never);
    const { runInDurableObject } = await import("cloudflare:test");
    const refused = await runInDurableObject(env.LEDGER.getByName("ledger:full"), async (object) => {
      for (let index = 0; index < MAX_LEDGER_WAITING; index += 1) void object.append(entry("full", []));
      return object.append(entry("full", []));
    });
    expect(refused).toEqual({ ok: false, reason: "the ledger is overloaded" });
    gate.resolve([]);
  });
});
