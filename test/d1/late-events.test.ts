/** Events that the book took after later versions of their product: readers of that product get them by offset like all others. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { readEvents } from "../../src/d1/events";
import { projectBatch, type BookEntry } from "../../src/d1/projection";
import type { Command, Result } from "../../src/domain/command";
import { trimBook } from "../../src/jobs/retention";
import { ADMIN, call, expectStatus, newId, newProduct, type EventPage } from "../acceptance/api";
import { counted, fillEvents } from "./counted-book";

const LONG_AGO = "2020-01-02T03:04:05.678Z";
const LIMITS = [1, 2, 3, 4, 5, 6, 7, 8, 100];

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

/** Even versions are of another type. */
function entry(productId: string, versions: readonly number[], at = LONG_AGO): BookEntry {
  const events = versions.map((version) => {
    const type = version % 2 === 0 ? "product.updated" : "stock.adjusted";
    const id = `${productId}:${version}`;
    return JSON.stringify({ id, type, productId, version, at, actor: "t", data: {}, level: null });
  });
  const [fromVersion, toVersion] = [Math.min(...versions) - 1, Math.max(...versions)];
  return { productId, events: events.join(","), fromVersion, toVersion, stock: null, catalog: null };
}

const send = (productId: string, versions: readonly number[], at?: string) =>
  projectBatch(env.BOOK, [entry(productId, versions, at)]);

const resend = (productId: string, versions: readonly number[]) =>
  projectBatch(env.BOOK, [{ ...entry(productId, versions), again: true, careful: true }]);

/** Its versions, in the order of the book. */
async function inBook(productId: string, { offset = 0, type = "%" } = {}): Promise<number[]> {
  const { results } = await env.BOOK.prepare(
    "SELECT version FROM events WHERE product_id = ? AND offset >= ? AND type LIKE ? ORDER BY offset",
  )
    .bind(productId, offset, type)
    .all<{ version: number }>();
  return results.map(({ version }) => version);
}

async function offsetOf(productId: string, version: number): Promise<number> {
  const query = "SELECT offset FROM events WHERE product_id = ? AND version = ?";
  return (await env.BOOK.prepare(query).bind(productId, version).first<number>("offset")) ?? 0;
}

async function lateRows() {
  const { results } = await env.BOOK.prepare("SELECT * FROM late_events ORDER BY offset").all();
  return results;
}

async function lateVersions(productId: string): Promise<number[]> {
  const { results } = await env.BOOK.prepare(
    "SELECT version FROM late_events JOIN events USING (product_id, offset) WHERE product_id = ? ORDER BY offset",
  )
    .bind(productId)
    .all<{ version: number }>();
  return results.map(({ version }) => version);
}

/** What a client gets that goes on at `nextOffset` for as long as there is more. */
async function walk(productId: string, limit: number, query = "", from?: number): Promise<number[]> {
  const versions: number[] = [];
  let last = 0;
  for (let next = from, more = true, pages = 0; more; pages += 1) {
    const at = next === undefined ? "" : `&offset=${next}`;
    const path = `GET /v1/inventory/events?productId=${productId}&limit=${limit}${query}${at}`;
    const page = expectStatus(await call<EventPage>(path), 200);
    expect(page.count).toBeLessThanOrEqual(limit);
    for (const { offset, version } of page.events) {
      expect(offset).toBeGreaterThan(last);
      last = offset;
      versions.push(version);
    }
    expect(page.nextOffset).toBeGreaterThan(last);
    expect(pages).toBeLessThan(100);
    next = page.nextOffset;
    more = page.hasMore;
  }
  return versions;
}

describe("one event of 21 that came late", () => {
  const productId = "one-late";
  const wanted = [...upTo(5), ...upTo(21, 7), 6];

  beforeAll(async () => {
    await send(productId, [...upTo(5), ...upTo(21, 7)]);
    await resend(productId, [6]);
    await send("another", upTo(3));
  });

  it.each(LIMITS)("is read once like all others, by offset, %i a page", async (limit) => {
    expect(await inBook(productId)).toEqual(wanted);
    expect(await walk(productId, limit)).toEqual(wanted);
    expect(await walk(productId, limit, "", 0)).toEqual(wanted);
  });

  it.each(["product.updated", "stock.adjusted"])("with the filter %s: those of that type", async (type) => {
    for (const limit of LIMITS)
      expect(await walk(productId, limit, `&type=${type}`)).toEqual(await inBook(productId, { type }));
  });

  it("a reader that starts in the middle gets what is at or after its offset", async () => {
    for (let offset = await offsetOf(productId, 1); offset <= (await offsetOf(productId, 6)) + 2; offset += 1)
      for (const limit of [1, 4, 100])
        expect(await walk(productId, limit, "", offset)).toEqual(await inBook(productId, { offset }));
  });

  it("sent once more changes nothing", async () => {
    const before = await lateRows();
    await resend(productId, upTo(21));
    expect(await lateRows()).toEqual(before);
    expect(await inBook(productId)).toEqual(wanted);
  });
});

describe("several that came late", () => {
  it.each<[string, number[], number[][], number[]]>([
    ["in a row", [1, 2, 6, 7, 8], [[3, 4, 5]], [3, 4, 5]],
    ["the first ones", [4, 5, 6], [[1, 2, 3]], [1, 2, 3]],
    ["one after the other, the higher first", [1, 2, 6, 7], [[5], [3, 4]], [5, 3, 4]],
    ["with newer ones in the same batch", [1, 2, 4, 5], [[3, 6, 7]], [3]],
    ["as part of what is sent from the beginning", [1, 3, 5, 6], [upTo(9)], [2, 4]],
    ["the newest one is none", [1, 2, 3], [[4], [5]], []],
  ])("%s", async (name, first, resent, late) => {
    const productId = name.replaceAll(/\W/g, "-");
    await send(productId, first);
    for (const versions of resent) {
      const before = (await inBook(productId)).length;
      const { after, to } = await resend(productId, versions);
      expect(to - after, "the offsets it has got").toBe((await inBook(productId)).length - before);
    }
    await send(productId, upTo(12, 10));
    expect(await lateVersions(productId)).toEqual(late);
    const wanted = await inBook(productId);
    for (const limit of LIMITS) expect(await walk(productId, limit)).toEqual(wanted);
    for (const version of wanted) {
      const offset = await offsetOf(productId, version);
      expect(await walk(productId, 2, "", offset)).toEqual(await inBook(productId, { offset }));
    }
  });

  it("in the books of before are found by the migration", async () => {
    const recorded = await lateRows();
    expect(recorded.length).toBeGreaterThan(10);
    await env.BOOK.prepare("DELETE FROM late_events").run();
    const queries = env.BOOK_MIGRATIONS.find(({ name }) => name === "0004_late_events.sql")?.queries ?? [];
    for (const query of queries.filter((one) => one.includes("INSERT"))) await env.BOOK.prepare(query).run();
    expect(await lateRows()).toEqual(recorded);
  });
});

describe("retention", () => {
  it("takes the record with the event, and what came late after it is still read in its place", async () => {
    const productId = "retained";
    await send(productId, [1, 2, 3, 5, 7, 8, 9]);
    await resend(productId, [6]);
    await send("somebody-young", [1], new Date().toISOString());
    await resend(productId, [4]);
    await send(productId, [10, 11, 12]);
    await trimBook(env, Date.now());
    expect(await inBook(productId)).toEqual([4, 10, 11, 12]);
    expect(await lateRows()).toEqual([{ product_id: productId, offset: await offsetOf(productId, 4) }]);
    await resend(productId, [8]);
    for (const limit of LIMITS) expect(await walk(productId, limit)).toEqual([4, 10, 11, 12, 8]);
  });
});

describe("an event that was set aside", () => {
  it("and mended by reproject is read once, after what the book had before", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const productId = await newProduct(100);
    const stub = env.PRODUCT.getByName(productId);
    const run = async (metadata?: Record<string, unknown>) => {
      const about = { quantity: 1, locationIds: [], anyLocation: true, ttlSeconds: 900 };
      const command: Command = { verb: "reserve", ...about, ...(metadata && { metadata }) };
      const [result] = (await stub.execute([{ command, actor: newId("A"), clamped: false }])) as Result[];
      expect(result?.ok).toBe(true);
    };
    await run();
    await run(JSON.parse(`${'{"a":'.repeat(998)}{}${"}".repeat(998)}`) as Record<string, unknown>);
    const poisoned = (await stub.wake()).version;
    for (let holds = 0; holds < 5; holds += 1) await run();
    const { version } = await stub.wake();
    const others = upTo(version).filter((one) => one !== poisoned);
    await vi.waitFor(async () => expect(await inBook(productId)).toEqual(others), 10_000);
    const path = `POST /v1/admin/products/${productId}/reproject`;
    expectStatus(await call(path, { key: ADMIN }), 200);
    await run();
    await stub.wake();
    const wanted = [...others, poisoned, version + 1];
    await vi.waitFor(async () => expect(await inBook(productId)).toEqual(wanted), 10_000);
    for (const limit of LIMITS) expect(await walk(productId, limit)).toEqual(wanted);
    vi.restoreAllMocks();
  });
});

describe("very many that came late", () => {
  it("cost a page a bounded number of rows", async () => {
    await fillEvents("many", 20_000);
    const late = "product_id = 'many' AND version BETWEEN 5001 AND 5500";
    const start = (await offsetOf("many", 1)) - 1;
    await env.BOOK.batch([
      env.BOOK.prepare(`UPDATE events SET offset = offset + 100000 WHERE ${late}`),
      env.BOOK.prepare(`INSERT INTO late_events SELECT product_id, offset FROM events WHERE ${late}`),
    ]);
    for (const offset of [0, 1, 4990, 5000, 5250, 5500, 5501, 15_000, 20_000, 105_250].map(
      (n) => n + start,
    )) {
      const query = { productId: "many", offset, limit: 5 };
      const { answer, rowsRead } = await counted((binding) => readEvents(binding, query));
      const all = await inBook("many", { offset });
      expect(answer.rows.map((row) => (JSON.parse(row.body) as { version: number }).version)).toEqual(
        all.slice(0, 6),
      );
      expect(rowsRead).toBeLessThan(5000);
    }
  });
});
