/** Events that have left the book are read from files as if they had not; nothing is lost or comes twice on the way. */
import { env as bindings } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { archiveStep } from "../../src/archive/archive-step";
import { readAllEvents, readWholeLog, wholeLogEnds } from "../../src/archive/whole-log";
import { dropSegment } from "../../src/d1/event-segments";
import { EVERY_EVENT, type LogEvent } from "../../src/d1/event-tail";
import { createApp } from "../../src/http/app";
import { trimBook } from "../../src/jobs/retention";
import { SEGMENT_EVENTS, SEGMENT_MIN_AGE_MS, SEGMENT_PATIENCE_MS } from "../../src/limits/archive";
import { expectProblem, type EventPage } from "../acceptance/api";
import { fillEvents } from "../d1/counted-book";

/** The bindings with other settings. */
const set = (settings: Record<string, string>) => ({ ...bindings, ...settings }) as Env;

const KEPT = { EVENT_ARCHIVE: "true", EVENT_RETENTION_DAYS: "10", EVENT_BOOK_MAX: "0" };
const env = set(KEPT);
const DAY = 24 * 3_600_000;
let moment = 100 * DAY;
/** Files of one moment are taken for the same. */
const later = () => (moment += 1);
/** `fillEvents` gives events the times 1, 2, 3 …: at this moment all but the last ones are past their age. */
const OLD = { sinceMs: SEGMENT_PATIENCE_MS * 2, beforeOffset: 0 };

beforeEach(async () => {
  await env.BOOK.batch(
    ["events", "event_segments", "late_events"].map((table) => env.BOOK.prepare(`DELETE FROM ${table}`)),
  );
  const files = await env.ARCHIVE.list();
  await env.ARCHIVE.delete(files.objects.map(({ key }) => key));
});
afterEach(() => vi.restoreAllMocks());

async function inBook(): Promise<{ count: number; oldest: number | null }> {
  const row = await env.BOOK.prepare("SELECT count(*) AS count, min(offset) AS oldest FROM events").first<{
    count: number;
    oldest: number | null;
  }>();
  return row ?? { count: 0, oldest: null };
}

async function segments(): Promise<
  { first_offset: number; last_offset: number; key: string; events: number }[]
> {
  const { results } = await env.BOOK.prepare("SELECT * FROM event_segments ORDER BY first_offset").all<{
    first_offset: number;
    last_offset: number;
    key: string;
    events: number;
  }>();
  return results;
}

/** As a follower reads on. */
async function follow(from: number, filter = EVERY_EVENT, limit = 1000): Promise<LogEvent[]> {
  const found: LogEvent[] = [];
  for (let offset = from; ;) {
    const page = await readWholeLog(env, { offset, limit, filter });
    found.push(...page.rows);
    expect(page.nextOffset).toBeGreaterThan(offset);
    if (page.nextOffset > (page.newest ?? 0)) return found;
    offset = page.nextOffset;
  }
}

/** As a client pages. */
async function page(query: string): Promise<EventPage> {
  const init = { headers: { "X-API-Key": "admin-demo" } };
  const answer = await createApp().request(`/v1/inventory/events?${query}`, init, env);
  expect(answer.status, query).toBe(200);
  return answer.json();
}

const offsets = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);

describe("the log", () => {
  it("is one, wherever its events are", async () => {
    await fillEvents("A", SEGMENT_EVENTS + 700);
    await fillEvents("B", 300);
    const before = await follow(1);
    expect(before).toHaveLength(SEGMENT_EVENTS + 1000);
    expect(await trimBook(env, later())).toBe(SEGMENT_EVENTS + 999);
    expect(await inBook()).toEqual({ count: 1, oldest: SEGMENT_EVENTS + 1000 });
    expect((await segments()).map(({ events }) => events)).toEqual([SEGMENT_EVENTS, 999]);
    expect(await follow(1)).toEqual(before);
    expect(await wholeLogEnds(env)).toEqual({ oldest: 1, newest: SEGMENT_EVENTS + 1000 });
    for (const from of [2, SEGMENT_EVENTS, SEGMENT_EVENTS + 1, SEGMENT_EVENTS + 999, SEGMENT_EVENTS + 1000])
      expect(await follow(from), String(from)).toEqual(before.slice(from - 1));
  });

  it("is paged through over the wire, with and without filters", async () => {
    await fillEvents("A", SEGMENT_EVENTS, { type: "iif(v % 1000 = 0, 'stock.low', 'reservation.held')" });
    await fillEvents("B", 50);
    await trimBook(env, later());
    const all: number[] = [];
    for (let offset = 1, hasMore = true; hasMore;) {
      const { events, nextOffset, hasMore: more } = await page(`offset=${offset}&limit=1000`);
      all.push(...events.map((event) => event.offset));
      [offset, hasMore] = [nextOffset, more];
    }
    expect(all).toEqual(offsets(SEGMENT_EVENTS + 50));
    const low = await page("offset=1&type=stock.low&limit=3");
    expect(low.events.map(({ offset }) => offset)).toEqual([1000, 2000, 3000]);
    expect(low).toMatchObject({ nextOffset: 3001, hasMore: true });
    const ofB = await page(`offset=${SEGMENT_EVENTS - 10}&productId=B`);
    expect(ofB).toMatchObject({ events: [], nextOffset: SEGMENT_EVENTS + 1, hasMore: true });
    expect(await follow(1, { types: ["stock.low"], productIds: ["A"] })).toHaveLength(SEGMENT_EVENTS / 1000);
    expect((await page("productId=B")).events.map(({ offset }) => offset)).toEqual([SEGMENT_EVENTS + 50]);
  });

  it("begins later where events were dropped before there was an archive, and says so", async () => {
    await fillEvents("A", 20);
    await env.BOOK.exec("DELETE FROM events WHERE offset < 6");
    await trimBook(env, later());
    const answer = await createApp().request(
      "/v1/inventory/events?offset=3",
      { headers: { "X-API-Key": "demo" } },
      env,
    );
    expectProblem(
      { request: "", status: answer.status, headers: answer.headers, text: "", body: await answer.json() },
      410,
      "offset_expired",
    );
    expect(await readWholeLog(env, { offset: 3, limit: 5, filter: EVERY_EVENT })).toMatchObject({
      oldest: 6,
      rows: [],
    });
    expect((await follow(6)).map(({ offset }) => offset)).toEqual(offsets(15, 6));
  });
});

describe("archiving", () => {
  it("waits until a segment is full, or its oldest event has waited long enough", async () => {
    await fillEvents("A", 100);
    expect(await archiveStep(env, { sinceMs: DAY, beforeOffset: 0 }, DAY)).toBe(0);
    expect(await inBook()).toMatchObject({ count: 100 });
    expect(await archiveStep(env, { sinceMs: SEGMENT_PATIENCE_MS + 2, beforeOffset: 0 }, DAY)).toBe(99);
  });

  it("takes only what is past its age, or too much", async () => {
    await fillEvents("A", SEGMENT_EVENTS + 10);
    expect(await archiveStep(env, { sinceMs: SEGMENT_EVENTS, beforeOffset: 0 }, DAY)).toBe(0);
    expect(await archiveStep(env, { sinceMs: 0, beforeOffset: SEGMENT_EVENTS + 5 }, DAY)).toBe(
      SEGMENT_EVENTS,
    );
    const crowded = set({ ...KEPT, EVENT_RETENTION_DAYS: "0", EVENT_BOOK_MAX: "3" });
    await fillEvents("B", SEGMENT_EVENTS);
    expect(await trimBook(crowded, DAY)).toBe(SEGMENT_EVENTS);
    expect(await inBook()).toMatchObject({ count: 10 });
  });

  it("leaves in the book what has not been there for 15 minutes, however much there is", async () => {
    await fillEvents("A", SEGMENT_EVENTS + 10);
    const crowded = { sinceMs: 0, beforeOffset: SEGMENT_EVENTS + 1 };
    expect(await archiveStep(env, crowded, SEGMENT_MIN_AGE_MS)).toBe(0);
    const settled = SEGMENT_MIN_AGE_MS + SEGMENT_EVENTS + 1;
    expect(await archiveStep(env, crowded, settled)).toBe(SEGMENT_EVENTS);
  });

  it("drops nothing that it cannot read back", async () => {
    await fillEvents("A", 10);
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const put = env.ARCHIVE.put.bind(env.ARCHIVE);
    const broken = vi
      .spyOn(env.ARCHIVE, "put")
      .mockImplementation(((key: string, file: ArrayBuffer, more: object) =>
        put(key, file.slice(0, file.byteLength - 9), more)) as never);
    expect(await trimBook(env, later())).toBe(0);
    expect(broken).toHaveBeenCalled();
    expect(await inBook()).toMatchObject({ count: 10 });
    expect(await segments()).toEqual([]);
    vi.restoreAllMocks();
    expect(await trimBook(env, later())).toBe(9);
    expect(await follow(1)).toHaveLength(10);
  });

  it.each(["put", "noted"] as const)(
    "that ends once a segment is %s goes on, and nothing is lost or comes twice",
    async (end) => {
      await fillEvents("A", SEGMENT_EVENTS + 100);
      const before = await follow(1);
      const prepare = env.BOOK.prepare.bind(env.BOOK);
      const stop = end === "put" ? 'insert into "event_segments"' : "DELETE FROM events";
      vi.spyOn(env.BOOK, "prepare").mockImplementation((query) => {
        if (query.startsWith(stop)) throw new Error("killed");
        return prepare(query);
      });
      await expect(archiveStep(env, OLD, later())).rejects.toThrow();
      vi.restoreAllMocks();
      expect(await inBook()).toMatchObject({ count: SEGMENT_EVENTS + 100 });
      expect(await follow(1)).toEqual(before);
      // More has come of age meanwhile: another attempt may be longer.
      expect(await archiveStep(env, OLD, later())).toBe(SEGMENT_EVENTS);
      expect(await archiveStep(env, OLD, later())).toBe(99);
      expect(await archiveStep(env, OLD, later())).toBe(0);
      expect(await follow(1)).toEqual(before);
      const [first, second, ...others] = await segments();
      expect([first?.last_offset, second?.first_offset, others]).toEqual([
        SEGMENT_EVENTS,
        SEGMENT_EVENTS + 1,
        [],
      ]);
    },
  );

  it("drops no event that no file is noted for", async () => {
    await fillEvents("A", 10);
    const unnoted = { firstOffset: 1, lastOffset: 9, key: "none", events: 9, bytes: 0, createdAtMs: 0 };
    expect(await dropSegment(env.BOOK, unnoted)).toBe(0);
    expect(await inBook()).toMatchObject({ count: 10 });
  });

  it("twice at once makes one segment", async () => {
    await fillEvents("A", SEGMENT_EVENTS + 100);
    const before = await follow(1);
    const results = await Promise.all([
      archiveStep(env, OLD, later()),
      archiveStep(env, OLD, later()),
      archiveStep(env, OLD, later()),
    ]);
    expect(results.reduce((sum, gone) => sum + gone, 0)).toBe(SEGMENT_EVENTS);
    expect(await segments()).toHaveLength(1);
    expect(await follow(1)).toEqual(before);
  });

  it("that has no file any more is an archive that is away", async () => {
    await fillEvents("A", 10);
    await trimBook(env, later());
    const [segment] = await segments();
    await env.ARCHIVE.delete(segment?.key ?? "");
    vi.spyOn(console, "error").mockReturnValue(undefined);
    await expect(readAllEvents(env, { offset: 1, limit: 5 })).rejects.toThrow("unavailable");
  });

  it("off drops what is old, and old offsets are expired", async () => {
    const off = set({ ...KEPT, EVENT_ARCHIVE: "false" });
    await fillEvents("A", 10);
    expect(await trimBook(off, later())).toBe(9);
    expect(await readWholeLog(off, { offset: 1, limit: 5, filter: EVERY_EVENT })).toMatchObject({
      oldest: 10,
    });
    expect(await wholeLogEnds(off)).toEqual({ oldest: 10, newest: 10 });
  });
});
