/** The sums of reports are what one gets by going through the events of the book by hand, whatever happens in between. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { projectBatch, type BookEntry } from "../../src/d1/projection";
import { addToSums, dropOldSums, eventsBehind } from "../../src/d1/report-sums";
import { updateReports } from "../../src/jobs/reports";
import { trimBook } from "../../src/jobs/retention";
import { REPORT_STEP_EVENTS } from "../../src/limits/reports";
import { loggedEvents, sumsInBook, sumsOf } from "./sums-by-hand";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Half past noon. */
const NOW = Date.parse("2026-11-21T12:30:00.000Z");

const reservation = (productId: string, units: number) => ({
  reservationId: `${productId}~01`,
  locationId: "main",
  orderId: null,
  customerId: null,
  state: "held",
  quantity: units,
  held: units,
  confirmed: 0,
  released: 0,
  returned: 0,
  expiresAt: null,
  createdAt: new Date(NOW).toISOString(),
  metadata: null,
  owner: null,
});
const step = (delta: number) => ({ locationId: "main", delta, before: 50, after: 50 + delta });
const moved = (type: string, delta: number) => ({ type, ...step(delta), reason: null, reference: null });

type Made = (productId: string, a: number, b: number) => [type: string, data: object];

const KINDS: Made[] = [
  (id, a) => ["reservation.held", reservation(id, a)],
  (id, a, b) => ["reservation.held", { ...reservation(id, a), takenOver: b }],
  (id, a, b) => ["reservation.resized", { ...reservation(id, a), before: b }],
  (id, a) => ["reservation.extended", { ...reservation(id, a), before: null }],
  (id, a, b) => [
    "reservation.confirmed",
    {
      ...reservation(id, 0),
      confirmedQuantity: a,
      ...(b % 2 === 0 && { releasedQuantity: b }),
      reacquired: b % 3 === 0,
      movement: { type: "sale", ...step(-a) },
    },
  ],
  (id, a) => ["reservation.released", { ...reservation(id, 0), releasedQuantity: a, reason: null }],
  (id, a) => [
    "reservation.released",
    { ...reservation(id, 0), releasedQuantity: a, reason: "superseded", supersededBy: `${id}~02` },
  ],
  (id, a) => ["reservation.expired", { ...reservation(id, 0), expiredQuantity: a }],
  (id, a) => [
    "reservation.returned",
    { ...reservation(id, 0), returnedQuantity: a, restock: false, reason: "broken" },
  ],
  (id, a) => [
    "reservation.returned",
    {
      ...reservation(id, 0),
      returnedQuantity: a,
      restock: true,
      reason: "fine",
      movement: { type: "return", ...step(a) },
    },
  ],
  (_, a) => ["stock.adjusted", moved("receipt", a)],
  (_, a) => ["stock.adjusted", moved("sale", -a)],
  (_, a) => ["stock.adjusted", moved("return", a)],
  (_, a) => ["stock.adjusted", moved("correction", a)],
  (_, a) => ["stock.adjusted", moved("damage", -a)],
  (_, a) => ["stock.counted", { ...step(a), type: "count", reason: null, adjustedBy: null }],
  (_, a) => ["stock.low", { available: a, minimumStockLevel: 3 }],
  () => ["product.deleted", { reason: null, forced: false }],
];

interface Happened {
  productId: string;
  kind: number;
  a: number;
  b: number;
  /** Before now. */
  agoMs: number;
}

const happened = fc.record<Happened>({
  productId: fc.constantFrom("A", "B", "C"),
  kind: fc.nat({ max: KINDS.length - 1 }),
  a: fc.integer({ min: 1, max: 9 }),
  b: fc.integer({ min: 1, max: 9 }),
  // Around the borders of hours and of the day, some to the millisecond.
  agoMs: fc.oneof(
    fc.nat({ max: 3 * DAY_MS }),
    fc.constantFrom(NOW % HOUR_MS, (NOW % HOUR_MS) + 1, NOW % DAY_MS, (NOW % DAY_MS) + 1),
  ),
});

let versions = new Map<string, number>();

function eventOf({ productId, kind, a, b, agoMs }: Happened): { version: number; body: string } {
  const version = (versions.get(productId) ?? 0) + 1;
  versions.set(productId, version);
  const made = KINDS[kind];
  if (!made) throw new Error("no such kind");
  const [type, data] = made(productId, a, b);
  const at = new Date(NOW - agoMs).toISOString();
  const envelope = { id: `${productId}:${version}`, type, productId, version, at, actor: "key:test" };
  return { version, body: JSON.stringify({ ...envelope, data, level: null }) };
}

function entryOf(productId: string, events: { version: number; body: string }[]): BookEntry {
  const all = events.map(({ version }) => version);
  return {
    productId,
    events: events.map(({ body }) => body).join(","),
    fromVersion: Math.min(...all) - 1,
    toVersion: Math.max(...all),
    stock: null,
    catalog: null,
  };
}

const record = (one: Happened) => projectBatch(env.BOOK, [entryOf(one.productId, [eventOf(one)])]);

async function expectSums(): Promise<void> {
  const events = await loggedEvents();
  for (const interval of ["hour", "day"] as const)
    expect(await sumsInBook(interval), interval).toEqual(sumsOf(events, interval));
}

const all = () => addToSums(env.BOOK, NOW, 1000);

beforeEach(async () => {
  versions = new Map();
  for (const table of ["events", "late_events", "report_sums", "reservations", "products"])
    await env.BOOK.prepare(`DELETE FROM ${table}`).run();
  await env.BOOK.prepare("UPDATE report_progress SET offset = 0").run();
});
afterEach(() => void vi.restoreAllMocks());

/** `n` events, one more a second ago each, of one product. */
async function fill(n: number, kind = 0, productId = "A"): Promise<void> {
  const events = Array.from({ length: n }, (_, at) =>
    eventOf({ productId, kind, a: 2, b: 1, agoMs: at * 1000 }),
  );
  await projectBatch(env.BOOK, [entryOf(productId, events)]);
}

describe("random histories", () => {
  type Act = { op: "add" | "twice" | "lost" | "refused" | "resend" } | ({ op: "event" } & Happened);
  const act: fc.Arbitrary<Act> = fc.oneof(
    { weight: 8, arbitrary: happened.map((one): Act => ({ op: "event", ...one })) },
    {
      weight: 2,
      arbitrary: fc.constantFrom("add", "twice", "lost", "refused", "resend").map((op): Act => ({ op })),
    },
  );

  it("come out the same however often, beside each other or in vain they were added", async () => {
    const batch = env.BOOK.batch.bind(env.BOOK);
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 40 }), async (acts) => {
        versions = new Map();
        await env.BOOK.batch(
          ["events", "report_sums", "late_events", "reservations"].map((table) =>
            env.BOOK.prepare(`DELETE FROM ${table}`),
          ),
        );
        await env.BOOK.prepare("UPDATE report_progress SET offset = 0").run();
        let last: BookEntry | undefined;
        for (const one of acts) {
          if (one.op === "event") {
            last = entryOf(one.productId, [eventOf(one)]);
            await projectBatch(env.BOOK, [last]);
          } else if (one.op === "resend") {
            if (last) await projectBatch(env.BOOK, [{ ...last, again: true }]);
          } else if (one.op === "twice") {
            await Promise.all([all(), all(), all()]);
          } else {
            // Committed, and the answer lost; or never committed.
            const { op } = one;
            if (op !== "add")
              vi.spyOn(env.BOOK, "batch").mockImplementationOnce(async (statements) => {
                if (op === "lost") await batch(statements);
                throw new Error("Network connection lost.");
              });
            await all().catch(() => undefined);
            vi.restoreAllMocks();
          }
        }
        await all();
        await expectSums();
      }),
      { numRuns: 40 },
    );
  });

  it("are added in steps, none of which is added twice by many at once", async () => {
    await fill(2 * REPORT_STEP_EVENTS + 10);
    await Promise.all(Array.from({ length: 6 }, () => addToSums(env.BOOK, NOW, 2)));
    await expectSums();
  });

  it("a run takes no more steps than it may", async () => {
    await fill(2 * REPORT_STEP_EVENTS + 10);
    await addToSums(env.BOOK, NOW, 1);
    expect(await eventsBehind(env.BOOK)).toBe(REPORT_STEP_EVENTS + 10);
    await addToSums(env.BOOK, NOW, 2);
    expect(await eventsBehind(env.BOOK)).toBe(0);
    await expectSums();
  });
});

describe("events that come late or are put right", () => {
  it("a late event is added to the hour of its own time", async () => {
    const [first, late, third] = [3, 2, 1].map((hours) =>
      eventOf({ productId: "A", kind: 0, a: hours, b: 1, agoMs: hours * HOUR_MS }),
    );
    if (!first || !late || !third) throw new Error("three were made");
    await projectBatch(env.BOOK, [entryOf("A", [first])]);
    await projectBatch(env.BOOK, [entryOf("A", [third])]);
    await all();
    await projectBatch(env.BOOK, [{ ...entryOf("A", [late]), again: true, careful: true }]);
    expect(await env.BOOK.prepare("SELECT * FROM late_events").first()).not.toBeNull();
    await all();
    await expectSums();
    expect(Object.keys(await sumsInBook("hour"))).toHaveLength(3);
  });

  it("an event that was spoilt after it was added, and is put right, changes nothing", async () => {
    const good = eventOf({ productId: "A", kind: 0, a: 5, b: 1, agoMs: 0 });
    await projectBatch(env.BOOK, [entryOf("A", [good])]);
    await all();
    const before = await sumsInBook("hour");
    await env.BOOK.prepare("UPDATE events SET body = json_set(body, '$.data.held', 7)").run();
    await projectBatch(env.BOOK, [{ ...entryOf("A", [good]), again: true }]);
    await all();
    expect(await sumsInBook("hour")).toEqual(before);
    await expectSums();
  });

  it("a body that is no JSON holds up nothing", async () => {
    await fill(3);
    await env.BOOK.prepare("UPDATE events SET body = '{' WHERE version = 2").run();
    await all();
    expect(Object.values(await sumsInBook("day"))[0]?.held).toEqual({ units: 4, count: 2 });
  });
});

describe("what is written", () => {
  const written = async (): Promise<number> => {
    let rows = 0;
    const batch = env.BOOK.batch.bind(env.BOOK);
    vi.spyOn(env.BOOK, "batch").mockImplementation(async <T>(statements: D1PreparedStatement[]) => {
      const results = await batch<T>(statements);
      for (const { meta } of results) rows += meta.rows_written;
      return results;
    });
    await all();
    vi.restoreAllMocks();
    return rows;
  };

  it("is a row per product and hour, one per product and day, and one for the whole", async () => {
    await fill(50, 0, "A");
    await fill(50, 4, "B");
    expect(await written()).toBe(5);
    await fill(50, 7, "A");
    expect(await written(), "the same hour again").toBe(3);
    await record({ productId: "A", kind: 0, a: 1, b: 1, agoMs: HOUR_MS });
    expect(await written(), "another hour of the same day").toBe(3);
  });

  it("is nothing when nothing has happened, and one row when nothing that counts has", async () => {
    expect(await written(), "an empty book").toBe(0);
    await record({ productId: "A", kind: 16, a: 1, b: 1, agoMs: 0 });
    expect(await written()).toBe(1);
    expect(await written()).toBe(0);
    expect(await sumsInBook("day")).toEqual({});
  });
});

describe("age", () => {
  it("sums stay when their events are gone, and events gone before they were added hold up nothing", async () => {
    await fill(5);
    await all();
    const before = await sumsInBook("day");
    await fill(4);
    await trimBook(env, NOW + 400 * DAY_MS);
    await record({ productId: "B", kind: 10, a: 3, b: 1, agoMs: 0 });
    await all();
    expect(await eventsBehind(env.BOOK)).toBe(0);
    const after = await sumsInBook("day");
    const [key = ""] = Object.keys(before);
    // The newest event always stays.
    expect(after[key]?.held).toEqual({ units: 12, count: 6 });
    expect(Object.keys(after)).toHaveLength(2);
  });

  it("hours go after 90 days and days after 3 years, whole ones only, in steps", async () => {
    const ages = [0, 89, 90, 91, 1094, 1096].map((days) => days * DAY_MS);
    await env.BOOK.batch(
      ages.flatMap((ageMs) =>
        [HOUR_MS, DAY_MS].map((grainMs) => {
          const startMs = Math.floor((NOW - ageMs) / grainMs) * grainMs;
          return env.BOOK.prepare(
            "INSERT INTO report_sums VALUES (?, ?, 'A', 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?, ?)",
          ).bind(grainMs, startMs, startMs, startMs);
        }),
      ),
    );
    expect(await dropOldSums(env.BOOK, NOW, 2)).toBe(2);
    expect(await dropOldSums(env.BOOK, NOW, 100)).toBe(2);
    expect(await dropOldSums(env.BOOK, NOW, 100)).toBe(0);
    const dates = (sums: object) => Object.keys(sums).map((key) => key.slice(2, 12));
    expect(dates(await sumsInBook("hour"))).toEqual(["2026-08-23", "2026-08-24", "2026-11-21"]);
    expect(dates(await sumsInBook("day"))).toHaveLength(5);
  });

  it("what is already past its age is not added", async () => {
    await record({ productId: "A", kind: 0, a: 1, b: 1, agoMs: 91 * DAY_MS });
    await record({ productId: "A", kind: 0, a: 1, b: 1, agoMs: 4 * 365 * DAY_MS });
    await all();
    expect(Object.keys(await sumsInBook("hour"))).toHaveLength(0);
    expect(Object.keys(await sumsInBook("day"))).toHaveLength(1);
  });
});

describe("the minute job", () => {
  const QUARTER = Date.parse("2026-11-21T12:15:00.000Z");

  it("adds every quarter of an hour what there is, and every minute when it is much", async () => {
    await fill(5);
    await updateReports(env, QUARTER + 60_000);
    expect(await eventsBehind(env.BOOK)).toBe(5);
    await updateReports(env, QUARTER);
    expect(await eventsBehind(env.BOOK)).toBe(0);
    await fill(REPORT_STEP_EVENTS);
    await updateReports(env, QUARTER + 60_000);
    expect(await eventsBehind(env.BOOK)).toBe(0);
    await expectSums();
  });

  it("a book that is away is logged, and the next run does it", async () => {
    await fill(5);
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    vi.spyOn(env.BOOK, "batch").mockRejectedValueOnce(new Error("away"));
    await updateReports(env, QUARTER);
    expect(log).toHaveBeenCalledWith(expect.stringContaining("reports not updated"));
    await updateReports(env, QUARTER);
    await expectSums();
  });
});
