/** Which locations there are, as far as a Worker knows: how often the book is asked, and what holds while it is away. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { closeLocation, insertLocation } from "../../../src/d1/locations";
import type { Envelope } from "../../../src/domain/command";
import type { Places } from "../../../src/domain/places";
import type { Call } from "../../../src/http/route";
import { placeOf } from "../../../src/http/inventory/updates";
import {
  forgetLocations,
  isLocation,
  locationIdsByPriority,
  withPlaces,
} from "../../../src/http/locations/known-locations";
import {
  ARRIVAL_WINDOW_MS,
  LOCATION_CLOSED_MS,
  LOCATIONS_CACHE_MS,
  LOCATIONS_FRESH_MS,
} from "../../../src/limits";

let asked = 0;
let away = false;

/** The real book, which counts its queries and may be away. The one look at its schema is not counted. */
const BOOK = {
  prepare: (query: string) => {
    if (!query.includes("d1_migrations")) asked += 1;
    if (away) throw new Error("away");
    return env.BOOK.prepare(query);
  },
};
const context = createExecutionContext();
const call = { env: { BOOK }, c: { executionCtx: context } } as unknown as Call;

let made = 0;

async function newLocation(): Promise<string> {
  made += 1;
  const locationId = `loc-${made}`;
  const place = { locationId, name: locationId, country: null, latitude: null, longitude: null };
  await insertLocation(env.BOOK, place, Date.now());
  return locationId;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "error").mockReturnValue();
  forgetLocations();
  away = false;
  asked = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The places that a receipt is sent to its object with. */
async function placesAt(locationId: string): Promise<Places | undefined> {
  const receipt = { type: "receipt", delta: 1, reason: "delivered", force: false } as const;
  const command = { verb: "adjust", locationId, ...receipt } as const;
  const [envelope] = await withPlaces(call.env, [{ command, actor: "test", clamped: false }]);
  return envelope?.places;
}

describe("places that stock is brought to", () => {
  it("are asked for once a second, however many bring something", async () => {
    const place = await newLocation();
    const goodUntilMs = Date.now() + ARRIVAL_WINDOW_MS;
    expect(await placesAt(place)).toEqual({ open: [place], closed: [], goodUntilMs });
    expect(await placesAt("nowhere")).toEqual({ open: [], closed: [], goodUntilMs });
    expect(asked).toBe(1);
    vi.setSystemTime(Date.now() + LOCATIONS_FRESH_MS);
    await Promise.all(Array.from({ length: 20 }, () => placesAt(place)));
    expect(asked, "nobody may use the old list, nor wait for another's").toBe(21);
    vi.setSystemTime(Date.now() + LOCATIONS_FRESH_MS - 1);
    await Promise.all(Array.from({ length: 20 }, () => placesAt(place)));
    expect(asked, "one renews it in time, the others go on with it").toBe(22);
  });

  it("say whether they are being deleted; a deletion that came to no end is forgotten", async () => {
    const place = await newLocation();
    expect(await closeLocation(env.BOOK, place, Date.now())).toBe("closed");
    expect(await placesAt(place)).toMatchObject({ open: [], closed: [place] });
    expect(await isLocation(call, place)).toBe(true);
    expect(await locationIdsByPriority(call)).not.toContain(place);
    expect(await closeLocation(env.BOOK, place, Date.now() + 1)).toBe("closing");
    vi.setSystemTime(Date.now() + LOCATION_CLOSED_MS);
    expect(await placesAt(place)).toMatchObject({ open: [place], closed: [] });
    expect(await closeLocation(env.BOOK, place, Date.now())).toBe("closed");
  });

  it("may be any while they cannot be known; then those last known serve, without a limit in time", async () => {
    away = true;
    expect(await placesAt("nowhere")).toBeUndefined();
    away = false;
    forgetLocations();
    expect(await placesAt("main")).toMatchObject({ open: ["main"], goodUntilMs: expect.any(Number) });
    away = true;
    vi.setSystemTime(Date.now() + LOCATIONS_FRESH_MS + 1);
    expect(await placesAt("main")).toEqual({ open: ["main"], closed: [], goodUntilMs: null });
    const before = asked;
    expect(await placesAt("main")).toEqual({ open: ["main"], closed: [], goodUntilMs: null });
    expect(asked, "a book that is away is left alone").toBe(before);
  });

  it("all go along with a return that does not say where it goes, and none to what brings nothing", async () => {
    const place = await newLocation();
    const back = { verb: "return", ulid: "0", quantity: 1, restock: true, reason: "back" } as const;
    const sent: Envelope[] = [
      { command: back, actor: "test", clamped: false },
      { command: { verb: "cancel", ulid: "0" }, actor: "test", clamped: false },
    ];
    const [returned, cancelled] = await withPlaces(call.env, sent);
    expect(returned?.places?.open).toEqual(expect.arrayContaining(["main", place]));
    const { goodUntilMs } = returned?.places ?? {};
    expect(cancelled?.places, "but it is decided with the other").toEqual({
      open: [],
      closed: [],
      goodUntilMs,
    });
    expect(await withPlaces(call.env, sent.slice(1))).toEqual(sent.slice(1));
  });

  it("that were written meanwhile are not overwritten by an older list", async () => {
    const place = "later";
    const reading = placesAt(place);
    const row = { locationId: place, name: place, country: null, latitude: null, longitude: null };
    await insertLocation(env.BOOK, row, Date.now());
    forgetLocations();
    await reading;
    expect(await placesAt(place)).toMatchObject({ open: [place] });
  });
});

describe("places that a reserve chooses among", () => {
  it("are an old list while a new one is fetched, and waited for when it is too old", async () => {
    const before = await locationIdsByPriority(call);
    const place = await newLocation();
    vi.setSystemTime(Date.now() + LOCATIONS_FRESH_MS);
    expect(await locationIdsByPriority(call)).toEqual(before);
    expect(await locationIdsByPriority(call), "and one asks for all").toEqual(before);
    await waitOnExecutionContext(context);
    expect(asked).toBe(2);
    expect(await locationIdsByPriority(call)).toContain(place);
    const later = await newLocation();
    vi.setSystemTime(Date.now() + LOCATIONS_CACHE_MS);
    expect(await locationIdsByPriority(call)).toContain(later);
  });

  it("are those last known while the book is away, at once", async () => {
    const known = await locationIdsByPriority(call);
    away = true;
    vi.setSystemTime(Date.now() + LOCATIONS_CACHE_MS);
    expect(await locationIdsByPriority(call)).toEqual(known);
    vi.setSystemTime(Date.now() + LOCATIONS_CACHE_MS);
    const before = asked;
    expect(await locationIdsByPriority(call), "the book may be back").toEqual(known);
    expect(asked).toBe(before + 1);
  });
});

describe("a store", () => {
  it("is a location if there is one of that id; the list may be seconds old, not older", async () => {
    expect(await placeOf(call, "till-7")).toBe("main");
    expect(await placeOf(call, "till-7")).toBe("main");
    expect(asked, "once for the list, not once an update").toBe(1);
    const place = await newLocation();
    vi.setSystemTime(Date.now() + LOCATIONS_CACHE_MS);
    expect(await placeOf(call, place)).toBe(place);
    expect(await placeOf(call, place)).toBe(place);
  });

  it("has no place while it cannot be known whether it is one; then the last list serves", async () => {
    away = true;
    await expect(isLocation(call, "till-7")).rejects.toThrow("till-7");
    await expect(isLocation(call, "till-7")).rejects.toMatchObject({ problem: { code: "book_unavailable" } });
    away = false;
    forgetLocations();
    const place = await newLocation();
    expect(await isLocation(call, place)).toBe(true);
    away = true;
    vi.setSystemTime(Date.now() + 10 * LOCATIONS_CACHE_MS);
    expect(await placeOf(call, "till-7")).toBe("main");
    expect(await placeOf(call, place)).toBe(place);
  });
});
