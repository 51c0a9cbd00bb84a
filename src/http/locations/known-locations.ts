/**
 * The locations as this isolate knows them. A reserve hardly ever waits for the book: a stale list serves it while a new one
 * is fetched. Bringing stock somewhere asks a list that is hardly a second old, since whoever deletes a location waits for
 * as long as one may be used (see location-removal.ts). While the book is away the last list goes on serving both. Nothing
 * here is ever shared between requests but the finished list.
 */
import { listLocationIds, type LocationIds } from "../../d1/locations";
import type { Envelope } from "../../domain/command";
import { destinations } from "../../domain/places";
import * as limits from "../../limits";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import { BOOK_UNAVAILABLE, ProblemError } from "../problem";
import type { AtOnce } from "../request/at-once";
import type { Call } from "../route";

interface Known extends LocationIds {
  /** When the book was asked: what has changed since is not in it. */
  askedAtMs: number;
}

let known: Known | undefined;
/** Counts what this isolate wrote: a list asked for before that is not kept. */
let writes = 0;
let refreshStartedAtMs = 0;
/** Until then the book is not asked again: its failure must not make every request wait for the next one. 0: it answered. */
let awayUntilMs = 0;

/** Called by whoever writes locations. */
export function forgetLocations(): void {
  known = undefined;
  writes += 1;
  refreshStartedAtMs = 0;
  awayUntilMs = 0;
}

/** Those that are open, by priority; empty when they were never loaded and the book is away. */
export function locationIdsByPriority(call: Call): AtOnce<string[]> {
  const now = Date.now();
  const ageMs = known ? now - known.askedAtMs : Number.POSITIVE_INFINITY;
  const renewing = known !== undefined && now - refreshStartedAtMs < limits.LOCATIONS_FRESH_MS;
  if (now < awayUntilMs || ageMs < limits.LOCATIONS_FRESH_MS || renewing) return known?.open ?? [];
  refreshStartedAtMs = now;
  const loading = load(call.env);
  call.c.executionCtx.waitUntil(loading);
  if (known && (ageMs < limits.LOCATIONS_CACHE_MS || awayUntilMs > 0)) return known.open;
  const list = withTimeout(loading, limits.LOCATIONS_WAIT_MS, "D1").catch(() => known);
  return list.then((found) => found?.open ?? []);
}

/** Throws a problem (503) while it cannot be known. */
export async function isLocation(call: Call, locationId: string): Promise<boolean> {
  const list = await freshLocations(call.env);
  if (list) return [...list.open, ...list.closed].includes(locationId);
  const detail = `Whether ${locationId} is a location cannot be known at the moment.`;
  throw new ProblemError({ ...BOOK_UNAVAILABLE, detail });
}

/**
 * Adds to the commands of a call that may bring stock somewhere which places take it; while that cannot be known, all do. The
 * others get none, but the same time: a call is decided as a whole or not at all.
 */
export function withPlaces(env: Env, envelopes: readonly Envelope[]): AtOnce<Envelope[]> {
  if (envelopes.every(({ command }) => destinations(command)?.length === 0)) return [...envelopes];
  return freshLocations(env).then((list) => placedBy(list, envelopes));
}

function placedBy(list: Known | undefined, envelopes: readonly Envelope[]): Envelope[] {
  if (!list) return [...envelopes];
  const { open, closed, askedAtMs } = list;
  const last = awayUntilMs > 0 && Date.now() - askedAtMs > limits.LOCATIONS_FRESH_MS;
  const goodUntilMs = last ? null : askedAtMs + limits.ARRIVAL_WINDOW_MS;
  return envelopes.map((envelope) => {
    const wanted = destinations(envelope.command);
    const among = (ids: readonly string[]) => ids.filter((id) => wanted?.includes(id) ?? true);
    return { ...envelope, places: { open: among(open), closed: among(closed), goodUntilMs } };
  });
}

/** Asked for within the last second; older only while the book is away. Where many ask, one of them renews it in time. */
async function freshLocations(env: Env): Promise<Known | undefined> {
  const now = Date.now();
  const ageMs = known ? now - known.askedAtMs : Number.POSITIVE_INFINITY;
  const early = limits.LOCATIONS_FRESH_MS / 2;
  const renewing = now - refreshStartedAtMs < early;
  if (now < awayUntilMs || ageMs < early || (ageMs < limits.LOCATIONS_FRESH_MS && renewing)) return known;
  refreshStartedAtMs = now;
  return load(env);
}

/** The list as the book has it; the last one known when the book is away. */
async function load(env: Env): Promise<Known | undefined> {
  const [writesBefore, askedAtMs] = [writes, Date.now()];
  try {
    const ids = await withTimeout(listLocationIds(env.BOOK, askedAtMs), limits.LOCATIONS_TIMEOUT_MS, "D1");
    const list = { ...ids, askedAtMs };
    if (writesBefore !== writes) return list;
    known = list;
    awayUntilMs = 0;
  } catch (error) {
    logError("locations not loaded", error);
    awayUntilMs = Date.now() + limits.LOCATIONS_CACHE_MS;
  }
  return known;
}
