/** The demand object: counted by hour and by day, stored a little later, read over a window, exact to what it says. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DemandDelta } from "../../../src/domain/demand";
import { windowSpan, type ReportWindow } from "../../../src/domain/report";
import { DEMAND_WRITE_MS, MAX_DEMAND_NAMES } from "../../../src/limits/reports";
import { DemandCounts } from "../../../src/objects/demand/demand-counts";
import { newId } from "../../acceptance/api";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOON = Date.parse("2026-11-21T12:00:00.000Z");

const refused = (...tallies: [name: string, count: number, units: number][]): DemandDelta => ({
  kind: "refused",
  tallies: tallies.map(([name, count, units]) => ({ name, count, units })),
  lost: 0,
});

/** Of an object of its own; each read is made anew from what is stored unless `counts` is given. */
const withCounts = <T>(
  stub: DurableObjectStub,
  work: (counts: DemandCounts, storage: DurableObjectStorage) => T,
): Promise<T> =>
  runInDurableObject(stub, (_, { storage }) => work(new DemandCounts(storage), storage)) as Promise<T>;

const stub = () => env.DEMAND.getByName(newId("demand")) as unknown as DurableObjectStub;

const all = (counts: DemandCounts, nowMs: number, window: ReportWindow = "24h") =>
  counts.ranking({
    kind: "refused",
    span: windowSpan(window, nowMs),
    by: "units",
    atLeast: 1,
    limit: 5000,
  });

describe("counts", () => {
  it("are added up over the hours of a day, and over the days of a week, and no longer", () =>
    withCounts(stub(), (counts) => {
      for (const hours of [0, 1, 23, 24, 25, 26]) {
        counts.add([refused(["P", 1, 10])], NOON - hours * HOUR_MS);
        counts.write(NOON - hours * HOUR_MS);
      }
      // Of 24 hours: those of the hour in which they begin too.
      expect(all(counts, NOON + 1).tallies).toEqual([{ name: "P", count: 4, units: 40 }]);
      expect(all(counts, NOON + HOUR_MS - 1).tallies[0]?.count).toBe(4);
      expect(all(counts, NOON + HOUR_MS).tallies[0]?.count).toBe(3);
      expect(all(counts, NOON + 6 * DAY_MS, "7d").tallies[0]?.count).toBe(6);
      expect(all(counts, NOON + 7 * DAY_MS, "7d").tallies[0]?.count, "the day it begins in").toBe(2);
      expect(all(counts, NOON + 8 * DAY_MS, "7d").tallies).toEqual([]);
    }));

  it("come back from storage as they were, and go on from there", async () => {
    const object = stub();
    await withCounts(object, (counts) => {
      counts.add([refused(["P", 2, 10], ["Q", 1, 1])], NOON);
      counts.write(NOON);
      counts.add([refused(["P", 1, 5])], NOON + 1);
      expect(all(counts, NOON).tallies[0]).toEqual({ name: "P", count: 3, units: 15 });
    });
    await withCounts(object, (counts) => {
      expect(all(counts, NOON).tallies, "what was not stored is lost").toEqual([
        { name: "P", count: 2, units: 10 },
        { name: "Q", count: 1, units: 1 },
      ]);
      counts.add([refused(["Q", 1, 20])], NOON + 2);
      expect(all(counts, NOON).tallies).toEqual([
        { name: "Q", count: 2, units: 21 },
        { name: "P", count: 2, units: 10 },
      ]);
    });
  });

  it("cost a row per kind and stretch, however many names, and none while nothing changes", () =>
    withCounts(stub(), (counts, storage) => {
      const write = (nowMs: number) => {
        const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
        const exec = storage.sql.exec.bind(storage.sql);
        vi.spyOn(storage.sql, "exec").mockImplementation((query, ...values) => {
          const cursor = exec(query, ...values);
          cursors.push(cursor);
          return cursor as never;
        });
        counts.write(nowMs);
        vi.restoreAllMocks();
        return cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
      };
      write(NOON);
      const names = Array.from({ length: 500 }, (_, at): [string, number, number] => [`P${at}`, 1, 1]);
      counts.add([refused(...names)], NOON);
      expect(write(NOON)).toBe(2);
      expect(write(NOON)).toBe(0);
      counts.add([refused(["P1", 1, 1])], NOON + HOUR_MS);
      expect(write(NOON + HOUR_MS)).toBe(2);
    }));

  it("are dropped past their age, hours sooner than days", () =>
    withCounts(stub(), (counts, storage) => {
      counts.add([refused(["P", 1, 1])], NOON);
      counts.write(NOON);
      const grains = () => [...storage.sql.exec("SELECT grain_ms FROM counts ORDER BY 1").raw()].flat();
      counts.write(NOON + 2 * DAY_MS);
      expect(grains()).toEqual([HOUR_MS, DAY_MS]);
      counts.write(NOON + 2 * DAY_MS + 2 * HOUR_MS);
      expect(grains()).toEqual([DAY_MS]);
      counts.write(NOON + 94 * DAY_MS);
      expect(grains()).toEqual([]);
    }));

  it("of more names than there is room for say how exact they are", () =>
    withCounts(stub(), (counts) => {
      const truth = new Map<string, number>();
      for (let at = 0; at < 3 * MAX_DEMAND_NAMES; at += 1) {
        // Some come again and again, most come once.
        const name = at % 3 === 0 ? `often-${at % 30}` : `once-${at}`;
        truth.set(name, (truth.get(name) ?? 0) + 1);
        counts.add([refused([name, 1, 1])], NOON + (at % 3) * HOUR_MS);
      }
      const { tallies, maximumError } = all(counts, NOON + 3 * HOUR_MS);
      expect(maximumError).toBeGreaterThan(0);
      const found = new Map(tallies.map(({ name, count }) => [name, count]));
      for (const [name, count] of truth) {
        const shown = found.get(name) ?? 0;
        expect(shown).toBeLessThanOrEqual(count);
        expect(shown).toBeGreaterThanOrEqual(count - maximumError);
      }
      expect(tallies.slice(0, 10).every(({ name }) => name.startsWith("often"))).toBe(true);
    }));

  it("kinds are apart, and what was lost on the way is said", () =>
    withCounts(stub(), (counts) => {
      counts.add([{ kind: "searched", tallies: [{ name: "falcon", count: 3, units: 0 }], lost: 4 }], NOON);
      const span = windowSpan("24h", NOON);
      const how = { span, by: "count", atLeast: 2, limit: 10 } as const;
      expect(counts.ranking({ kind: "searched", ...how })).toEqual({
        tallies: [{ name: "falcon", count: 3, units: 0 }],
        maximumError: 4,
      });
      expect(counts.ranking({ kind: "unfound", ...how })).toEqual({ tallies: [], maximumError: 0 });
      expect(counts.named({ kind: "searched", span }, ["falcon", "x"]).tallies).toHaveLength(1);
    }));

  it("pages of a ranking follow each other, equal ones by name", () =>
    withCounts(stub(), (counts) => {
      counts.add([refused(["a", 1, 5], ["b", 1, 5], ["c", 9, 4], ["d", 1, 6])], NOON);
      const span = windowSpan("24h", NOON);
      const how = { kind: "refused", span, by: "units", atLeast: 1, limit: 2 } as const;
      const names = (after?: { value: number; name: string }) =>
        counts.ranking({ ...how, after }).tallies.map(({ name }) => name);
      expect(names()).toEqual(["d", "a"]);
      expect(names({ value: 5, name: "a" })).toEqual(["b", "c"]);
      expect(names({ value: 4, name: "c" })).toEqual([]);
    }));
});

describe("the object", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: NOON }));
  afterEach(() => void vi.useRealTimers());

  it("is asked without leaving a trace", async () => {
    const object = env.DEMAND.getByName(newId("demand"));
    const query = { kind: "refused", span: windowSpan("90d", NOON) } as const;
    expect(await object.named(query, ["P"])).toEqual({ tallies: [], maximumError: 0 });
    const tables = await runInDurableObject(object, (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("stores by itself what it was sent", { timeout: DEMAND_WRITE_MS + 20_000 }, async () => {
    const object = env.DEMAND.getByName(newId("demand"));
    await object.add([refused(["P", 1, 7])]);
    const stored = () =>
      runInDurableObject(object, (_, { storage }) => {
        const made = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'counts'").toArray().length;
        return made > 0 ? storage.sql.exec("SELECT * FROM counts").toArray().length : 0;
      });
    vi.useRealTimers();
    await vi.waitFor(async () => expect(await stored()).toBe(2), {
      timeout: DEMAND_WRITE_MS + 10_000,
      interval: 250,
    });
    await evictDurableObject(object);
    const { tallies } = await object.named({ kind: "refused", span: windowSpan("24h", NOON) }, ["P"]);
    expect(tallies).toEqual([{ name: "P", count: 1, units: 7 }]);
  });
});
