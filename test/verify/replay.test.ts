/** Histories held again from where they are kept, and what the accounts of three witnesses differ in. */
import { describe, expect, it } from "vitest";
import type { EventType } from "../../src/domain/events/event";
import type { Level } from "../../src/domain/level";
import { DEFAULT_FIELDS } from "../../src/domain/product";
import { RESERVATION_DEFAULTS } from "../../src/domain/reservation";
import {
  canonical,
  compareProducts,
  compareReservations,
  replayedSnapshot,
  wholeSnapshot,
  type ProductSnapshot,
  type ReservationIndex,
} from "../../src/verify/comparison";
import {
  beginReplay,
  replayedReserved,
  replayRow,
  reservationSnapshot,
  type Replay,
} from "../../src/verify/replay";

const HOLD = {
  ...RESERVATION_DEFAULTS,
  reservationId: "P~01JT5X7K9M0000000000000001",
  locationId: "main",
  orderId: null,
  customerId: null,
  state: "held",
  quantity: 3,
  held: 3,
  confirmed: 0,
  released: 0,
  returned: 0,
  expiresAt: null,
  createdAt: "2026-05-01T11:59:00.000Z",
  metadata: null,
};

function level(numbers: Partial<Level> = {}): Level {
  return { locationId: "main", onHand: 10, reserved: 3, safetyStock: 1, backorderLimit: 2, ...numbers };
}

/** What tests of replay do not say of an event's data. */
const DATA: Partial<Record<EventType, object>> = {
  "product.updated": { safetyStock: 1, backorderLimit: 2 },
  "product.deleted": { reason: null, forced: true },
  "stock.adjusted": { type: "correction", delta: 0, reason: null, reference: null },
  "stock.counted": { type: "count", delta: 0, reason: null, adjustedBy: null },
  "stock.transferred": { type: "transfer", quantity: 4, reason: null },
  "stock.low": { available: 0, minimumStockLevel: 1 },
  "reservation.expired": { expiredQuantity: 3 },
  "reservation.returned": { returnedQuantity: 1, restock: true, reason: "broken" },
};

interface Event {
  type: EventType;
  data?: object;
  level?: Level;
}

/** Replays the event as the book would have it, at that version. */
function replayNext(replay: Replay, version: number, { type, data, level: after = undefined }: Event): void {
  const named = {
    id: `P:${version}`,
    productId: "P",
    version,
    at: "2026-05-01T12:00:00.000Z",
    actor: "system",
  };
  const body = { ...named, type, data: { ...DATA[type], ...data }, level: after ?? null };
  const gaps = replay.gaps.length;
  replayRow(replay, { version, body: JSON.stringify(body) });
  const unreadable = replay.gaps.slice(gaps).some(([from, to]) => from === version && to === version);
  expect(unreadable, `an event that can be read: ${JSON.stringify(body)}`).toBe(false);
}

/** Events with the versions after `after`, replayed one after the other. */
function replayed(after: number, ...events: Event[]): Replay {
  const replay = beginReplay(after);
  for (const [index, event] of events.entries()) replayNext(replay, after + index + 1, event);
  return replay;
}

const CREATED: Event = {
  type: "product.created",
  data: { ...DEFAULT_FIELDS, name: "P", locationIds: ["main"] },
};

describe("a history from its beginning", () => {
  it("has gaps where versions are missing", () => {
    const replay = replayed(0, CREATED);
    for (const version of [2, 5, 9]) replayNext(replay, version, { type: "stock.low" });
    expect(replay).toMatchObject({
      gaps: [
        [3, 4],
        [6, 8],
      ],
      version: 9,
      events: 4,
      complete: true,
    });
  });

  it("adds movements up, and reservations to what is reserved, whatever levels the events mention", () => {
    const replay = replayed(
      0,
      CREATED,
      { type: "stock.adjusted", data: { locationId: "main", before: 0, after: 10 }, level: level() },
      { type: "reservation.held", data: HOLD, level: level({ reserved: 99 }) },
      {
        type: "stock.transferred",
        data: {
          fromLocationId: "main",
          toLocationId: "north",
          from: { before: 10, after: 6 },
          to: { before: 0, after: 4 },
        },
        level: level(),
      },
      {
        type: "product.updated",
        data: { locationId: "south" },
        level: level({ locationId: "south", onHand: 0 }),
      },
      { type: "product.updated", data: { locationId: "north", removed: true } },
    );
    expect(replayedReserved(replay, "main")).toBe(3);
    const { levels, totals } = replayedSnapshot(replay);
    expect(levels.get("main")).toEqual({ onHand: 6, reserved: 3, safetyStock: 0, backorderLimit: 0 });
    expect(levels.get("south")).toEqual({ onHand: 0, reserved: 0, safetyStock: 1, backorderLimit: 2 });
    expect(levels.has("north"), "a level that was removed is not there").toBe(false);
    expect(totals).toEqual({ onHand: 6, reserved: 3, available: 2, onShelf: 3, availability: "in_stock" });
  });

  it("a level is made by what moves goods to it, not by what only mentions it", () => {
    const there = level({ locationId: "north", onHand: 0 });
    const back = { ...HOLD, locationId: "north", state: "confirmed", held: 0, confirmed: 3, returned: 1 };
    const mentioned = replayed(0, CREATED, { type: "reservation.returned", data: back, level: there });
    expect(mentioned.levels.has("north")).toBe(false);
    const held = replayed(0, CREATED, { type: "reservation.held", data: HOLD, level: there });
    expect(held.levels.has("north")).toBe(false);
    const movement = { type: "return", delta: 1, before: 0, after: 1 };
    const restocked = replayed(0, CREATED, { type: "reservation.returned", data: { ...back, movement } });
    expect(restocked.levels.get("north")).toMatchObject({ onHand: 1 });
    const south = { ...movement, locationId: "south" };
    const elsewhere = replayed(0, CREATED, {
      type: "reservation.returned",
      data: { ...back, movement: south },
      level: level({ locationId: "south", onHand: 1 }),
    });
    expect(elsewhere.levels.get("south")).toMatchObject({ onHand: 1 });
    expect(elsewhere.levels.has("north"), "it was sold there, no more").toBe(false);
  });

  it("ends with deletion, and begins again", () => {
    const ended = replayed(0, CREATED, { type: "product.deleted" });
    expect(ended).toMatchObject({ deleted: true, levels: new Map() });
    expect(replayedSnapshot(ended).totals).toMatchObject({ onHand: 0 });
    replayNext(ended, 3, CREATED);
    expect(ended.deleted).toBe(false);
    expect([...ended.levels.keys()]).toEqual(["main"]);
  });

  it("that lost its beginning although nothing was dropped says no sums", () => {
    expect(replayedSnapshot(replayed(0, { type: "stock.low" })).totals).toBeUndefined();
  });
});

describe("a history that begins later", () => {
  it("says only what its events tell", () => {
    const replay = replayed(7, { type: "product.updated", data: { changes: { name: "New" } } });
    const account = replayedSnapshot(replay);
    expect(account).toEqual({ fields: { name: "New" }, levels: new Map(), allLevels: false });
    expect(replayedReserved(replay, "main")).toBeUndefined();
  });

  it("takes a level's numbers from the first event that tells of it, then adds up", () => {
    const replay = replayed(
      7,
      { type: "reservation.held", data: HOLD, level: level() },
      {
        type: "stock.counted",
        data: { locationId: "main", before: 10, after: 8 },
        level: level({ reserved: 2 }),
      },
    );
    expect(replay.levels.get("main")).toEqual({ onHand: 8, reserved: 2, safetyStock: 1, backorderLimit: 2 });
    expect(replayedReserved(replay, "main"), "as it was held last: not all holds are known").toBe(2);
    const moved = replayed(7, {
      type: "stock.transferred",
      data: {
        fromLocationId: "main",
        toLocationId: "north",
        from: { before: 9, after: 4 },
        to: { before: 1, after: 6 },
      },
      level: level({ onHand: 4 }),
    });
    expect(moved.levels.get("main")).toEqual({ onHand: 4, reserved: 3, safetyStock: 1, backorderLimit: 2 });
    expect(moved.levels.get("north"), "of the other place only the goods are told").toEqual({ onHand: 6 });
    expect(replayedSnapshot(moved).levels.get("north")).toEqual({ onHand: 6 });
  });

  it("knows that a level was removed, and that one made anew begins with nothing", () => {
    const replay = replayed(
      7,
      { type: "product.updated", data: { locationId: "main", removed: true } },
      { type: "reservation.expired", data: { ...HOLD, state: "expired", held: 0 }, level: level() },
    );
    expect(replay.levels.get("main")).toBeNull();
    replayNext(replay, 10, {
      type: "stock.adjusted",
      data: { locationId: "main", before: 0, after: 5 },
      level: level({ onHand: 5, reserved: 0, safetyStock: 0, backorderLimit: 0 }),
    });
    expect(replay.levels.get("main")).toEqual({ onHand: 5, reserved: 0, safetyStock: 0, backorderLimit: 0 });
  });

  it("a rule of a level without its numbers says nothing", () => {
    expect(replayed(7, { type: "product.updated", data: { locationId: "main" } }).levels.size).toBe(0);
  });
});

describe("what witnesses differ in", () => {
  const account = (more: Partial<ProductSnapshot> = {}): ProductSnapshot => ({
    ...wholeSnapshot({ fields: { ...DEFAULT_FIELDS, name: "P" }, deleted: false, levels: [level()] }),
    ...more,
  });

  it("is nothing where they agree, in whatever order, or do not say", () => {
    const book = account({ fields: { attributes: { b: 1, a: [2, { d: 1, c: 2 }] } as never } });
    const object = account({ fields: { attributes: { a: [2, { c: 2, d: 1 }], b: 1 } as never } });
    expect(compareProducts({ object, book })).toEqual([]);
    expect(compareProducts({ book, events: { fields: {}, levels: new Map(), allLevels: false } })).toEqual(
      [],
    );
    expect(compareProducts({})).toEqual([]);
  });

  it("is named with what each says", () => {
    const events = account({ levels: new Map([["main", null]]), allLevels: false });
    expect(compareProducts({ object: account(), events })).toEqual([
      { what: "level", locationId: "main", object: expect.objectContaining({ onHand: 10 }), events: null },
    ]);
    expect(compareProducts({ object: account({ deleted: true }), book: account() })).toEqual([
      { what: "deleted", object: true, book: false },
    ]);
  });

  it("a reservation that is not there differs from one that is, and from nothing that is not said", () => {
    const { reservationId } = HOLD;
    const held = reservationSnapshot({ ...HOLD, state: "held" }, 3);
    const has: ReservationIndex = { reservations: new Map([[reservationId, held]]), without: () => "none" };
    const lacks = (without: ReturnType<ReservationIndex["without"]>): ReservationIndex => ({
      reservations: new Map(),
      without: () => without,
    });
    expect(compareReservations({ events: has, book: has })).toEqual([]);
    expect(compareReservations({ events: has, book: lacks("unknown") })).toEqual([]);
    expect(compareReservations({ events: has, book: lacks("none") })).toEqual([
      { what: "reservation", reservationId, events: held, book: null },
    ]);
    expect(compareReservations({ object: lacks("not held"), book: has })).toEqual([
      { what: "held", reservationId, object: 0, book: 3 },
    ]);
    expect(compareReservations({ object: lacks("not held"), events: lacks("none"), book: has })).toEqual([
      { what: "reservation", reservationId, events: null, book: held },
    ]);
    expect(compareReservations({ object: lacks("unknown"), events: lacks("none"), book: has })).toHaveLength(
      1,
    );
  });

  it("is judged by a form in which names are sorted", () => {
    expect(canonical({ b: [{ d: 1, c: null }], a: "x" })).toBe('{"a":"x","b":[{"c":null,"d":1}]}');
  });
});
