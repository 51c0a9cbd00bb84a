/** Offsets that the log has left out when the book fell back: nobody is handed one twice, and nobody stops there. */
import { env as bindings } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { archiveStep } from "../../src/archive/archive-step";
import { readAllEvents, readWholeLog, wholeLogEnds } from "../../src/archive/whole-log";
import { EVERY_EVENT } from "../../src/d1/event-tail";
import type { LogFloor } from "../../src/d1/log-floor";
import { projectBatch, type BookEntry } from "../../src/d1/projection";
import { SEGMENT_EVENTS, SEGMENT_PATIENCE_MS } from "../../src/limits/archive";
import { readList } from "../../src/objects/recovery/lists";
import { fillEvents } from "../d1/counted-book";

const env: Env = Object.assign({}, bindings, { EVENT_ARCHIVE: "true", EVENT_RETENTION_DAYS: "10" });
const withoutFiles: Env = Object.assign({}, bindings, { EVENT_ARCHIVE: "false" });
const OLD = { sinceMs: SEGMENT_PATIENCE_MS * 2, beforeOffset: 0 };
const FLOOR: LogFloor = { newest: 10, resumeAfter: 110, keptFrom: 5, nowMs: 1 };

function entry(version: number): BookEntry {
  const at = "2026-01-02T03:04:05.678Z";
  const event = { id: `B:${version}`, type: "stock.low", productId: "B", version, at, actor: "t", data: {} };
  const events = JSON.stringify(event);
  return { productId: "B", events, fromVersion: version - 1, toVersion: version, stock: null, catalog: null };
}

const dropFrom = (offset: number) =>
  env.BOOK.prepare("DELETE FROM events WHERE offset >= ?").bind(offset).run();

async function segments() {
  const { results } = await env.BOOK.prepare(
    "SELECT first_offset AS first, last_offset AS last, events FROM event_segments ORDER BY first_offset",
  ).all();
  return results;
}

async function offsetsFrom(from: number, of = env): Promise<number[]> {
  const found: number[] = [];
  for (let offset = from; ;) {
    const page = await readWholeLog(of, { offset, limit: 3, filter: EVERY_EVENT });
    expect(page.oldest ?? 0).toBeLessThanOrEqual(offset);
    expect(page.nextOffset).toBeGreaterThan(offset);
    found.push(...page.rows.map((row) => row.offset));
    if (page.nextOffset > (page.newest ?? 0)) return found;
    offset = page.nextOffset;
  }
}

beforeEach(async () => {
  await env.BOOK.batch(
    ["events", "event_segments", "late_events"].map((table) => env.BOOK.prepare(`DELETE FROM ${table}`)),
  );
  const files = await env.ARCHIVE.list();
  await env.ARCHIVE.delete(files.objects.map(({ key }) => key));
});

describe("a book that ends before the floor", () => {
  it("goes on above it, and notes what is left out", async () => {
    await fillEvents("A", 10);
    await dropFrom(8);
    expect(await projectBatch(env.BOOK, [entry(1), entry(2)], FLOOR)).toEqual({
      after: 110,
      to: 112,
      fellBack: true,
    });
    expect(await segments()).toEqual([{ first: 8, last: 110, events: 0 }]);
    for (const of of [env, withoutFiles]) {
      expect(await offsetsFrom(6, of)).toEqual([6, 7, 111, 112]);
      expect(await offsetsFrom(60, of)).toEqual([111, 112]);
    }
    // The next batch finds nothing amiss.
    const next = { ...FLOOR, newest: 112, resumeAfter: 212 };
    expect(await projectBatch(env.BOOK, [entry(3)], next)).toEqual({ after: 112, to: 113 });
    expect(await segments()).toHaveLength(1);
  });

  it("tells who is before the gap of an empty book where it begins, and leads who is in it behind it", async () => {
    await projectBatch(env.BOOK, [entry(1)], FLOOR);
    expect(await segments()).toEqual([{ first: 5, last: 110, events: 0 }]);
    for (const of of [env, withoutFiles]) {
      expect(await offsetsFrom(5, of)).toEqual([111]);
      expect(await offsetsFrom(11, of)).toEqual([111]);
      expect((await readWholeLog(of, { offset: 4, limit: 3, filter: EVERY_EVENT })).oldest).toBe(5);
      expect(await readAllEvents(of, { offset: 11, limit: 3 })).toMatchObject({ rows: [], resumeAt: 111 });
      expect(await wholeLogEnds(of)).toEqual({ oldest: 5, newest: 111 });
    }
  });

  it("stays as it is where a batch has no events", async () => {
    const rows: BookEntry = { ...entry(1), events: "" };
    expect(await projectBatch(env.BOOK, [rows], FLOOR)).toEqual({ after: 0, to: 0 });
    expect(await segments()).toEqual([]);
  });

  it("takes what is sent again above the floor as well", async () => {
    await fillEvents("A", 10);
    await dropFrom(8);
    const again: BookEntry = { ...entry(1), again: true };
    expect(await projectBatch(env.BOOK, [entry(2), again], FLOOR)).toMatchObject({ after: 110, to: 112 });
  });
});

describe("the archive", () => {
  it("puts no gap into a file", async () => {
    await fillEvents("A", 10);
    await dropFrom(8);
    await projectBatch(env.BOOK, [entry(1), entry(2)], FLOOR);
    // All are old, also those behind the gap.
    expect(await archiveStep(env, { ...OLD, sinceMs: Number.MAX_SAFE_INTEGER }, Date.now())).toBe(7);
    expect(await segments()).toEqual([
      { first: 1, last: 7, events: 7 },
      { first: 8, last: 110, events: 0 },
    ]);
    expect(await offsetsFrom(2)).toEqual([2, 3, 4, 5, 6, 7, 111, 112]);
  });

  it("is found again by its files, whose events are no gap", async () => {
    await fillEvents("A", SEGMENT_EVENTS + 5);
    expect(await archiveStep(env, OLD, Date.now())).toBe(SEGMENT_EVENTS);
    await env.BOOK.batch(["events", "event_segments"].map((name) => env.BOOK.prepare(`DELETE FROM ${name}`)));
    const floor = { ...FLOOR, newest: SEGMENT_EVENTS + 5, resumeAfter: 9000, keptFrom: SEGMENT_EVENTS - 10 };
    await projectBatch(env.BOOK, [entry(1)], floor);
    // Twice does no harm.
    for (let times = 0; times < 2; times += 1)
      expect(await readList(env, "files", "")).toEqual({ productIds: [], cursor: undefined });
    expect(await segments()).toEqual([
      { first: 1, last: SEGMENT_EVENTS, events: SEGMENT_EVENTS },
      { first: SEGMENT_EVENTS + 1, last: 9000, events: 0 },
    ]);
    expect(await offsetsFrom(SEGMENT_EVENTS - 1)).toEqual([SEGMENT_EVENTS - 1, SEGMENT_EVENTS, 9001]);
    expect(await readList(env, "archive", "")).toMatchObject({ productIds: ["A"] });
    expect((await env.LEDGER.getByName("ledger:0").logEnd()).newest).toBe(SEGMENT_EVENTS);
  });
});
