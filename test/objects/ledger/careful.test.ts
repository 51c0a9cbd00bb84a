/** Entries of which something was refused, those beside them, and waiting for all that is there. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { BookEntry } from "../../../src/d1/projection";

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
    "SELECT offset, version FROM events WHERE product_id = ? ORDER BY offset",
  )
    .bind(productId)
    .all<{ offset: number; version: number }>();
  return rows.results;
}

describe("the ledger", () => {
  const ledger = () => env.LEDGER.getByName("ledger:careful");

  afterEach(() => void vi.restoreAllMocks());

  it("takes what was refused before by itself, and the others of its time without it", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const batches = vi.spyOn(env.BOOK, "batch");
    const broken = { ...entry("broken", [1]), events: '{"never":', careful: true as const };
    const others = ["a", "b", "c"].map((id) => entry(`beside-${id}`, [1]));
    const [refused, alone, ...answers] = await Promise.all([
      ledger().append(broken),
      ledger().append(entry("alone", [1], { careful: true })),
      ...others.map((one) => ledger().append(one)),
    ]);
    expect(refused).toEqual({ ok: false, reason: "malformed JSON", refused: true });
    expect([alone, ...answers].every(({ ok }) => ok)).toBe(true);
    expect(batches).toHaveBeenCalledTimes(2);
    expect(await book("alone")).toHaveLength(1);
  });

  it("reads everything before it sends it once something could not be read: nobody else's batch fails for that", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const broken = { ...entry("unread", [1]), events: '{"never":' };
    expect(await env.LEDGER.getByName("ledger:screens").append(broken)).toMatchObject({ refused: true });
    const batches = vi.spyOn(env.BOOK, "batch");
    const screens = env.LEDGER.getByName("ledger:screens");
    const [refused, taken] = await Promise.all([screens.append(broken), screens.append(entry("read", [1]))]);
    expect([refused.refused, taken.ok]).toEqual([true, true]);
    expect(batches).toHaveBeenCalledOnce();
  });

  it("finds by halves what only the book knows to be wrong; what its own SQLite cannot judge, too", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const nameless = entry("nameless", [1]);
    const bad = { ...nameless, events: nameless.events.replace('"type"', '"kind"') };
    const good = Array.from({ length: 5 }, (_, index) => entry(`named-${index}`, [1]));
    const answers = await runInDurableObject(
      env.LEDGER.getByName("ledger:careful"),
      async (object, { storage }) => {
        const exec = vi.spyOn(storage.sql, "exec").mockImplementationOnce(() => {
          throw new Error("string or blob too big");
        });
        const all = await Promise.all(
          [...good.slice(0, 2), bad, ...good.slice(2)].map((one) => object.append(one)),
        );
        exec.mockRestore();
        return all;
      },
    );
    expect(answers.map(({ ok, refused }) => (ok ? "ok" : refused && "refused"))).toEqual([
      "ok",
      "ok",
      "refused",
      "ok",
      "ok",
      "ok",
    ]);
    expect(answers[2]?.reason).toContain("NOT NULL");
  });

  it("says when everything that waited when it was asked is in the book or turned away", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    await ledger().whenCommitted();
    const gate = Promise.withResolvers<D1Result[]>();
    const batch = env.BOOK.batch.bind(env.BOOK);
    const held = vi.spyOn(env.BOOK, "batch").mockReturnValueOnce(gate.promise as never);
    const first = ledger().append(entry("when-1", [1]));
    await vi.waitFor(() => expect(held).toHaveBeenCalledOnce());
    held.mockImplementation(batch);
    const careful = ledger().append(entry("when-2", [1], { careful: true }));
    const second = ledger().append(entry("when-3", [1]));
    const done = vi.fn();
    const committed = (async () => done(await ledger().whenCommitted()))();
    await scheduler.wait(150);
    expect(done).not.toHaveBeenCalled();
    gate.reject(new Error("D1 is away"));
    await committed;
    expect([await book("when-2"), await book("when-3")].map((rows) => rows.length)).toEqual([1, 1]);
    expect([(await first).ok, (await second).ok, (await careful).ok]).toEqual([false, true, true]);
  });
});
