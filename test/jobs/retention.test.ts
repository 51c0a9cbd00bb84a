import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { trimBook } from "../../src/jobs/retention";
import { RETENTION_MAX_STEPS, RETENTION_STEP_EVENTS } from "../../src/limits";

const DAY_MS = 24 * 3_600_000;
const NOW = 1000 * DAY_MS;

/** So many events, offsets from `first` on, one day apart from that day on, or all of that day. */
async function fill(first: number, count: number, days: { from: number; apart?: number }): Promise<void> {
  const { from, apart = 0 } = days;
  await env.BOOK.prepare(
    `INSERT INTO events WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)
     SELECT ?1 + i, 'P', ?1 + i, 'stock.adjusted', NULL, (?3 + ?4 * i) * 86400000, '{}' FROM n`,
  )
    .bind(first, count, from, apart)
    .run();
}

async function offsets(): Promise<{ oldest: number; newest: number; n: number } | null> {
  return env.BOOK.prepare(
    "SELECT MIN(offset) AS oldest, MAX(offset) AS newest, COUNT(*) AS n FROM events",
  ).first();
}

describe("dropping events for their age", () => {
  beforeEach(async () => void (await env.BOOK.prepare("DELETE FROM events").run()));
  afterEach(() => void vi.restoreAllMocks());

  it("takes those past the retention from the low end, and no other", async () => {
    await fill(1, 20, { from: 625, apart: 1 });
    expect(await trimBook(env, NOW)).toBe(10);
    expect(await offsets()).toEqual({ oldest: 11, newest: 20, n: 10 });
    expect(await trimBook(env, NOW), "nothing more").toBe(0);
    expect(await trimBook(env, NOW + 3 * DAY_MS)).toBe(3);
  });

  it("never takes a young event's successors, whatever their time says, so that no hole is left", async () => {
    await fill(1, 3, { from: 1 });
    await fill(4, 1, { from: 999 });
    await fill(5, 3, { from: 1 });
    expect(await trimBook(env, NOW)).toBe(3);
    expect(await offsets()).toEqual({ oldest: 4, newest: 7, n: 4 });
  });

  it("leaves the newest, however old, so that offsets go on from it", async () => {
    await fill(41, 5, { from: 1 });
    expect(await trimBook(env, NOW)).toBe(4);
    expect(await offsets()).toEqual({ oldest: 45, newest: 45, n: 1 });
    expect(await trimBook(env, NOW)).toBe(0);
    await fill(46, 1, { from: 2 });
    expect(await trimBook(env, NOW)).toBe(1);
  });

  it("does nothing with an empty book", async () => {
    expect(await trimBook(env, NOW)).toBe(0);
  });

  it("goes in steps, a bounded number a run", async () => {
    const most = RETENTION_STEP_EVENTS * RETENTION_MAX_STEPS;
    await fill(1, most + 100, { from: 1 });
    const prepare = vi.spyOn(env.BOOK, "prepare");
    expect(await trimBook(env, NOW)).toBe(most);
    expect(prepare).toHaveBeenCalledTimes(RETENTION_MAX_STEPS + 1);
    prepare.mockRestore();
    expect(await trimBook(env, NOW)).toBe(99);
    expect(await offsets()).toMatchObject({ oldest: most + 100, n: 1 });
  }, 60_000);

  it("keeps everything for ever where EVENT_RETENTION_DAYS is 0", async () => {
    await fill(1, 5, { from: 1 });
    expect(await trimBook({ ...env, EVENT_RETENTION_DAYS: "0" as never }, NOW)).toBe(0);
    expect(await offsets()).toMatchObject({ n: 5 });
    expect(await trimBook({ ...env, EVENT_RETENTION_DAYS: "0.5" as never }, DAY_MS)).toBe(0);
    expect(await trimBook({ ...env, EVENT_RETENTION_DAYS: "0.5" as never }, 2 * DAY_MS)).toBe(4);
  });

  it("a book that is away is logged, and the next run does it", async () => {
    await fill(1, 3, { from: 1 });
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    vi.spyOn(env.BOOK, "prepare").mockImplementationOnce(() => {
      throw new Error("away");
    });
    expect(await trimBook(env, NOW)).toBe(0);
    expect(log).toHaveBeenCalledWith(expect.stringContaining("events not dropped"));
    expect(await trimBook(env, NOW)).toBe(2);
  });
});
