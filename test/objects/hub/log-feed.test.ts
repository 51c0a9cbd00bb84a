import { describe, expect, it, vi } from "vitest";
import type { LogEvent, LogPage, LogQuery } from "../../../src/d1/event-tail";
import type { PollQuery } from "../../../src/domain/listening";
import {
  HUB_PAGE_EVENTS,
  HUB_STANDING_PATIENCE_MS,
  HUB_TAIL_BYTES,
  HUB_TAIL_EVENTS,
} from "../../../src/limits";
import { LogFeed } from "../../../src/objects/hub/log-feed";
import { LogTail } from "../../../src/objects/log/log-tail";
import { pause, Recorder, until } from "./recorder";

function eventAt(offset: number, more: Partial<LogEvent> = {}): LogEvent {
  const productId = `p${offset % 3}`;
  return { offset, productId, type: "stock.adjusted", body: `{"id":"${productId}:${offset}"}`, ...more };
}

/** A log that grows, fails and forgets as the test says, and the feed that follows it. */
function feedOf(events = 0) {
  const book = { events: Array.from({ length: events }, (_, i) => eventAt(i + 1)), away: false, told: false };
  const follow = vi.fn(async () => {
    await pause(1);
    if (book.away) throw new Error("ledger away");
    book.told = true;
  });
  const read = vi.fn(async ({ offset: from, limit }: LogQuery): Promise<LogPage> => {
    await pause(1);
    if (book.away) throw new Error("D1 away");
    const { events: all } = book;
    const rows = all.filter(({ offset }) => offset >= from).slice(0, limit);
    const newest = all.at(-1)?.offset ?? null;
    const nextOffset = rows.length === limit ? (rows.at(-1)?.offset ?? 0) + 1 : (newest ?? 0) + 1;
    return { oldest: all[0]?.offset ?? null, newest, rows, nextOffset };
  });
  const onFailure = vi.fn();
  const feed = new LogFeed({ follow, read, onFailure });
  const grow = (count: number, more: Partial<LogEvent> = {}) => {
    for (let i = 0; i < count; i += 1) book.events.push(eventAt((book.events.at(-1)?.offset ?? 0) + 1, more));
    if (book.told) book.told = feed.grew();
  };
  const join = (next: number | null) => {
    const listener = new Recorder();
    feed.join(listener, next);
    return listener;
  };
  return { book, feed, follow, read, onFailure, grow, join };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const poll = (offset: number, more: Partial<PollQuery> = {}): PollQuery => ({
  offset,
  limit: 100,
  waitMs: 2000,
  ...more,
});

describe("the log feed", () => {
  it("asks to be told before it reads, so that nothing falls in between", async () => {
    const { follow, read, grow, join } = feedOf(3);
    const one = join(null);
    await until(() => expect(one.marks).toEqual(["3"]));
    expect(follow.mock.invocationCallOrder[0]).toBeLessThan(read.mock.invocationCallOrder[0] ?? 0);
    grow(2);
    await until(() => expect(one.offsets).toEqual([4, 5]));
    expect(one.kept).toEqual({ to: "events", next: 6 });
  });

  it("followers from anywhere get every event once, in order, while the book grows", async () => {
    const { grow, join } = feedOf(1000);
    const starts = [1, 500, 999, 1001, 1003];
    const followers = starts.map((start) => join(start));
    for (let round = 0; round < 60; round += 1) {
      grow(1 + (round % 20));
      if (round % 10 === 0) {
        followers.push(join(1000 + round));
        starts.push(1000 + round);
      }
      await pause(5);
    }
    grow(1);
    const end = 1000 + Array.from({ length: 60 }, (_, i) => 1 + (i % 20)).reduce((a, b) => a + b, 0) + 1;
    for (const [i, follower] of followers.entries()) {
      await until(() => expect(follower.offsets.at(-1)).toBe(end));
      expect(follower.offsets).toEqual(range(starts[i] ?? 0, end));
    }
  });

  it("while the book is away everybody waits; then all get all, once", async () => {
    const { book, onFailure, grow, join } = feedOf(10);
    const early = join(5);
    await until(() => expect(early.offsets).toEqual(range(5, 10)));
    book.away = true;
    grow(3);
    const late = join(1);
    const fromEnd = join(null);
    await pause(600);
    grow(3);
    expect(early.offsets).toEqual(range(5, 10));
    book.away = false;
    await until(() => expect(early.offsets).toEqual(range(5, 16)));
    await until(() => expect(late.offsets).toEqual(range(1, 16)));
    expect(onFailure).toHaveBeenCalledTimes(2);
    grow(1);
    await until(() => expect(fromEnd.offsets.at(-1)).toBe(17));
    expect(fromEnd.offsets).toEqual(range(fromEnd.offsets[0] ?? 0, 17));
  });

  it("begins although ledger and book are away at first", async () => {
    const { book, join, grow } = feedOf(2);
    book.away = true;
    const one = join(1);
    await pause(300);
    book.away = false;
    await until(() => expect(one.offsets).toEqual([1, 2]));
    grow(1);
    await until(() => expect(one.offsets).toEqual([1, 2, 3]));
  });

  it("says that nobody follows when nobody does, and asks again when somebody comes", async () => {
    const { feed, book, follow, grow, join } = feedOf(1);
    expect(feed.grew()).toBe(false);
    const one = join(null);
    await until(() => expect(one.marks).toEqual(["1"]));
    feed.leave(one);
    grow(1);
    expect(book.told).toBe(false);
    grow(5);
    const two = join(null);
    await until(() => expect(two.marks).toEqual(["7"]));
    grow(1);
    await until(() => expect(two.offsets).toEqual([8]));
    expect(one.offsets).toEqual([]);
    expect(follow).toHaveBeenCalledTimes(2);
  });

  it("finds what nobody told it, when it looks by itself", async () => {
    const { feed, book, join } = feedOf(1);
    void feed.check();
    const one = join(null);
    await until(() => expect(one.marks).toEqual(["1"]));
    book.events.push(eventAt(2));
    void feed.check();
    await until(() => expect(one.offsets).toEqual([2]));
  });

  it("from before what is kept: says so and closes", async () => {
    const { feed, book, join } = feedOf(20);
    book.events.splice(0, 9);
    const one = join(3);
    await until(() => expect(one.closed).toEqual({ code: 4410, reason: "offset expired" }));
    expect(one.messages).toMatchObject([{ code: "offset_expired", oldestOffset: 10 }]);
    expect(await feed.expired(3)).toBe(10);
    expect(await feed.expired(10)).toBeNull();
    expect(await feed.expired(21)).toBeNull();
    book.away = true;
    expect(await feed.expired(3)).toBeNull();
  });

  it("a follower that does not read is not sent more, catches up when it does, and holds up nobody", async () => {
    const { grow, join } = feedOf(0);
    const [slow, quick] = [join(1), join(1)];
    grow(1);
    await until(() => expect(slow.offsets).toEqual([1]));
    slow.ready = false;
    for (let i = 0; i < 5; i += 1) {
      grow(HUB_PAGE_EVENTS);
      await pause(10);
    }
    const end = 1 + 5 * HUB_PAGE_EVENTS;
    await until(() => expect(quick.offsets).toEqual(range(1, end)));
    expect(slow.offsets.length).toBeLessThan(end);
    slow.ready = true;
    await until(() => expect(slow.offsets).toEqual(range(1, end)));
  });

  it("a follower that stands still for too long is cut off", async () => {
    const { feed, grow, join } = feedOf(0);
    const one = join(1);
    await until(() => expect(one.marks).toEqual([]));
    one.ready = false;
    grow(3);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    try {
      await until(() => {
        // However late the desk sees that it stands still.
        vi.setSystemTime(Date.now() + HUB_STANDING_PATIENCE_MS + 1000);
        expect(one.closed).toMatchObject({ code: 4408 });
      });
    } finally {
      vi.useRealTimers();
      feed.leave(one);
    }
  });

  it("500 polls are answered by one read of one change", async () => {
    const { feed, read, grow } = feedOf(10);
    const polls = range(1, 500).map(() => feed.poll(poll(11)));
    await until(() => expect(read).toHaveBeenCalledOnce());
    await pause(20);
    read.mockClear();
    grow(1);
    const answers = await Promise.all(polls);
    expect(answers.every((answer) => answer.state === "page" && answer.page.rows[0]?.offset === 11)).toBe(
      true,
    );
    expect(answers[0]).toMatchObject({ page: { nextOffset: 12, hasMore: false, newest: 11 } });
    expect(read.mock.calls.length).toBeLessThanOrEqual(2);
    expect(feed.any).toBe(false);
  });

  it("a poll waits for its own events only, is never given more than it asked for, and is led on", async () => {
    const { feed, grow } = feedOf(10);
    const own = feed.poll(poll(11, { productId: "own", type: "stock.counted", limit: 2 }));
    const timed = feed.poll(poll(11, { productId: "nobody", waitMs: 300 }));
    const future = feed.poll(poll(100, { waitMs: 300 }));
    await pause(50);
    grow(1, { productId: "own" });
    grow(1, { type: "stock.counted" });
    await pause(50);
    grow(3, { productId: "own", type: "stock.counted" });
    expect(await own).toEqual({
      state: "page",
      page: {
        rows: [13, 14].map((offset) => ({ offset, body: `{"id":"p${offset % 3}:${offset}"}` })),
        nextOffset: 15,
        hasMore: true,
        newest: 15,
      },
    });
    expect(await timed).toEqual({
      state: "page",
      page: { rows: [], nextOffset: 16, hasMore: false, newest: 15 },
    });
    expect(await future).toMatchObject({ page: { rows: [], nextOffset: 100 } });
  });

  it("a poll that is behind what is at hand is sent back to the book; one that finds it there is answered", async () => {
    const { feed, grow, join } = feedOf(10);
    expect(await feed.poll(poll(5))).toEqual({ state: "behind" });
    const one = join(null);
    await until(() => expect(one.marks).toEqual(["10"]));
    grow(2);
    await until(() => expect(one.offsets).toEqual([11, 12]));
    expect(await feed.poll(poll(12))).toMatchObject({ page: { nextOffset: 13 } });
  });

  it("a poll while the book is away is empty when its time is over", async () => {
    const { book, feed } = feedOf(10);
    book.away = true;
    const page = { rows: [], nextOffset: 11, hasMore: false, newest: 10 };
    expect(await feed.poll(poll(11, { waitMs: 50 }))).toEqual({ state: "page", page });
  });

  it("a book that says less than it has is looked at again, not for ever at once", async () => {
    const { book, feed, read, join } = feedOf(10);
    const one = join(null);
    await until(() => expect(one.marks).toEqual(["10"]));
    book.events.splice(5);
    const two = join(8);
    await pause(400);
    expect(read.mock.calls.length).toBeLessThan(12);
    book.events.push(...range(6, 10).map((offset) => eventAt(offset)));
    await until(() => expect(two.offsets).toEqual([8, 9, 10]));
    feed.leave(two);
  });
});

describe("the tail of the log", () => {
  it("is bounded in number and bytes, and knows what it covers", () => {
    const tail = new LogTail(100);
    expect([tail.covers(101), tail.covers(100)]).toEqual([true, false]);
    tail.push(range(101, 100 + HUB_TAIL_EVENTS + 10).map((offset) => eventAt(offset)));
    expect(tail.end).toBe(110 + HUB_TAIL_EVENTS);
    expect([tail.covers(110), tail.covers(111)]).toEqual([false, true]);
    expect(tail.from(tail.end - 1).map(({ offset }) => offset)).toEqual([tail.end - 1, tail.end]);
    expect(tail.from(111, 2).map(({ offset }) => offset)).toEqual([111, 112]);
    tail.push([eventAt(tail.end + 1, { body: "x".repeat(HUB_TAIL_BYTES + 1) })]);
    expect(tail.covers(tail.end)).toBe(false);
    expect(tail.from(1)).toEqual([]);
  });
});
