/** Which locations there are, as far as a Worker knows: how often the book is asked, and what holds while it is away. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { insertLocation } from "../../src/d1/locations";
import type { Call } from "../../src/http/endpoint";
import { placeOf } from "../../src/http/batch/stock-updates";
import {
  forgetLocations,
  isLocation,
  missingLocations,
  requireLocation,
} from "../../src/http/known-locations";
import { LOCATIONS_CACHE_MS } from "../../src/limits";

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
const call = { env: { BOOK }, c: { executionCtx: createExecutionContext() } } as unknown as Call;

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

describe("locations that must exist", () => {
  it("are asked for once, however many are missing", async () => {
    const place = await newLocation();
    const nowhere = Array.from({ length: 50 }, (_, index) => `nowhere-${index}`);
    expect(await missingLocations(call, ["main", place])).toEqual([]);
    expect(asked).toBe(1);
    expect(await missingLocations(call, [place, ...nowhere, "main"])).toEqual(nowhere);
    expect(asked).toBe(2);
    const later = await newLocation();
    await requireLocation(call, later);
    await expect(requireLocation(call, "nowhere-1")).rejects.toThrow("nowhere-1");
  });

  it("may be any while they cannot be known, and those last known afterwards", async () => {
    away = true;
    expect(await missingLocations(call, ["nowhere"])).toEqual([]);
    away = false;
    forgetLocations();
    await missingLocations(call, ["main"]);
    away = true;
    expect(await missingLocations(call, ["nowhere", "main"])).toEqual(["nowhere"]);
    const before = asked;
    expect(await missingLocations(call, ["nowhere", "main"])).toEqual(["nowhere"]);
    expect(asked, "a book that is away is left alone").toBe(before);
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

  it("that is none has no place where main is gone", async () => {
    const place = await newLocation();
    await env.BOOK.prepare("DELETE FROM locations WHERE location_id = 'main'").run();
    forgetLocations();
    expect(await placeOf(call, place)).toBe(place);
    await expect(placeOf(call, "till-7")).rejects.toMatchObject({ problem: { code: "location_not_found" } });
  });
});
