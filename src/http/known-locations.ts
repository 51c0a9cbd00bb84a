/**
 * The locations as this isolate knows them, so that no reserve waits for the book: a stale list serves while
 * a new one is fetched, and goes on serving while the book is away. Nothing here is ever shared between
 * requests but the finished list.
 */
import { listLocations } from "../d1/locations";
import { LOCATIONS_CACHE_MS, LOCATIONS_TIMEOUT_MS } from "../limits";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";
import type { Call } from "./endpoint";
import { BOOK_UNAVAILABLE, notFound, ProblemError } from "./problem";

interface Known {
  /** By priority. */
  locationIds: string[];
  loadedAtMs: number;
}

let known: Known | undefined;
let refreshStartedAtMs = 0;
/** Until then the book is not asked again: its failure must not make every request wait for the next one. */
let awayUntilMs = 0;

/** Called by whoever writes locations. */
export function forgetLocations(): void {
  known = undefined;
  awayUntilMs = 0;
}

/** Ids by priority; empty when they were never loaded and the book is away. */
export async function locationIdsByPriority(call: Call): Promise<string[]> {
  return (await locationsNow(call))?.locationIds ?? [];
}

/** Throws a problem (404) when there is no such location. While it cannot be known, any will do. */
export async function requireLocation(call: Call, locationId: string): Promise<void> {
  const [missing] = await missingLocations(call, [locationId]);
  if (missing !== undefined) throw new ProblemError(notFound("location_not_found", missing));
}

/** Those that do not exist; the book is asked once at most. While it cannot be known, all do. */
export async function missingLocations(call: Call, locationIds: readonly string[]): Promise<string[]> {
  const list = await locationsNow(call);
  if (!list) return [];
  const missing = locationIds.filter((id) => !list.locationIds.includes(id));
  if (missing.length === 0 || Date.now() < awayUntilMs) return missing;
  const fresh = (await load(call.env))?.locationIds ?? [];
  return missing.filter((id) => !fresh.includes(id));
}

/**
 * Whether there is such a location, where its absence is no error: then the list must not be old. Throws a problem (503)
 * while it cannot be known.
 */
export async function isLocation(call: Call, locationId: string): Promise<boolean> {
  const list = await locationsNow(call);
  if (list?.locationIds.includes(locationId)) return true;
  const old = !list || Date.now() - list.loadedAtMs >= LOCATIONS_CACHE_MS;
  const fresh = old && Date.now() >= awayUntilMs ? await load(call.env) : list;
  if (!fresh) {
    const detail = `Whether ${locationId} is a location cannot be known at the moment.`;
    throw new ProblemError({ ...BOOK_UNAVAILABLE, detail });
  }
  return fresh.locationIds.includes(locationId);
}

async function locationsNow(call: Call): Promise<Known | undefined> {
  const now = Date.now();
  if (now < awayUntilMs || (known && now - known.loadedAtMs < LOCATIONS_CACHE_MS)) return known;
  if (!known) return load(call.env);
  if (now - refreshStartedAtMs >= LOCATIONS_CACHE_MS) {
    refreshStartedAtMs = now;
    call.c.executionCtx.waitUntil(load(call.env));
  }
  return known;
}

/** The list as the book has it; the last one known when the book is away. */
async function load(env: Env): Promise<Known | undefined> {
  try {
    const locations = await withTimeout(listLocations(env.BOOK), LOCATIONS_TIMEOUT_MS, "D1");
    known = { locationIds: locations.map((location) => location.locationId), loadedAtMs: Date.now() };
  } catch (error) {
    logError("locations not loaded", error);
    awayUntilMs = Date.now() + LOCATIONS_CACHE_MS;
  }
  return known;
}
