/**
 * What a source's object remembers, and how that changes. Pure: the time comes in. Two moments keep it from asking: one that the
 * source has named (`holdUntilMs`, which nothing gets past), and one of our own after a failure (`retryAtMs`).
 */
import * as z from "zod";
import type { SourceName, SourceProgress, SourceState, SourceStatus } from "../../domain/source";
import { SOURCE_CATALOG_MS } from "../../limits/sources";
import { SourceFailure } from "../../sources/failure";

/** A run over all products, as far as it has come. */
const runSchema = z.object({
  startedAtMs: z.int(),
  /** Catalog fields too, not only prices. */
  catalog: z.boolean(),
  /** By the book's products, those after this one; or by the source's list of everything, from this page on. */
  next: z.union([
    z.object({ by: z.literal("products"), after: z.tuple([z.string(), z.string()]) }),
    z.object({ by: z.literal("list"), page: z.int() }),
  ]),
  /** The next step comes no sooner. */
  stepAtMs: z.int(),
  total: z.int(),
  products: z.int(),
  quotes: z.int(),
  changed: z.int(),
  refused: z.int(),
});

export type Run = z.output<typeof runSchema>;

const stateSchema = z.object({
  /** null: there was nothing to refresh. */
  nextRunAtMs: z.int().nullable(),
  run: runSchema.nullable(),
  lastRun: runSchema.extend({ endedAtMs: z.int() }).nullable(),
  /** When the last run with catalog fields began. */
  catalogAtMs: z.int(),
  holdUntilMs: z.int(),
  retryAtMs: z.int(),
  failures: z.int(),
  lastSuccessAtMs: z.int().nullable(),
  lastError: z.object({ reason: z.string(), keyRefused: z.boolean(), atMs: z.int() }).nullable(),
  breaker: z.unknown(),
});

export type State = z.output<typeof stateSchema>;

export const NEW_STATE: State = {
  nextRunAtMs: null,
  run: null,
  lastRun: null,
  catalogAtMs: 0,
  holdUntilMs: 0,
  retryAtMs: 0,
  failures: 0,
  lastSuccessAtMs: null,
  lastError: null,
  breaker: null,
};

/** What an older release did not write is as at the beginning. */
export function storedState(json: string): State {
  const stored: unknown = JSON.parse(json);
  return stateSchema.parse({ ...NEW_STATE, ...(typeof stored === "object" && stored) });
}

/** When there is something to do; null: nothing is planned. */
export function dueAtMs({ run, nextRunAtMs, holdUntilMs, retryAtMs }: State): number | null {
  if (run) return Math.max(run.stepAtMs, holdUntilMs, retryAtMs);
  return nextRunAtMs === null ? null : Math.max(nextRunAtMs, holdUntilMs, retryAtMs);
}

export function begin(
  state: State,
  { total, listed, now }: { total: number; listed: boolean; now: number },
): State {
  const catalog = now - state.catalogAtMs >= SOURCE_CATALOG_MS;
  const run: Run = {
    startedAtMs: now,
    catalog,
    next: listed ? { by: "list", page: 1 } : { by: "products", after: ["", ""] },
    stepAtMs: now,
    total,
    products: 0,
    quotes: 0,
    changed: 0,
    refused: 0,
  };
  return { ...state, run, catalogAtMs: catalog ? now : state.catalogAtMs };
}

/** The next run begins a whole interval after this one began, and at once when that has passed. */
export function end(state: State, { now, refreshMs }: { now: number; refreshMs: number }): State {
  const { run } = state;
  if (!run) return state;
  const nextRunAtMs = Math.max(run.startedAtMs + refreshMs, now + 1);
  return { ...state, run: null, lastRun: { ...run, endedAtMs: now }, nextRunAtMs };
}

/** The source has answered. */
export function succeeded(state: State, now: number): State {
  return { ...state, failures: 0, retryAtMs: 0, lastError: null, lastSuccessAtMs: now };
}

/** `waitMs`: our own pause. The reason of what really failed stays when the breaker only says that it is open. */
export function failed(
  state: State,
  { error, reason, waitMs, now }: { error: unknown; reason: string | null; waitMs: number; now: number },
): State {
  const failure = error instanceof SourceFailure ? error : undefined;
  const retryAfterMs = failure?.retryAfterMs ?? 0;
  const keyRefused = failure?.kind === "key_refused";
  return {
    ...state,
    failures: state.failures + 1,
    // It knows better than we do when to come back.
    retryAtMs: retryAfterMs > 0 ? 0 : now + waitMs,
    holdUntilMs: Math.max(state.holdUntilMs, retryAfterMs > 0 ? now + retryAfterMs : 0),
    lastError:
      reason === null && state.lastError
        ? state.lastError
        : { reason: reason ?? "it is left alone for a while", keyRefused, atMs: now },
  };
}

interface Shown {
  name: SourceName;
  configured: boolean;
  isOpen: boolean;
}

export function statusOf(state: State, { name, configured, isOpen }: Shown): SourceStatus {
  const { run, lastRun, lastSuccessAtMs, lastError } = state;
  const due = configured ? dueAtMs(state) : null;
  const shown = run ?? lastRun;
  return {
    name,
    configured,
    state: stateOf(state, configured, isOpen),
    lastSuccessAt: isoTime(lastSuccessAtMs),
    lastError: lastError && { reason: lastError.reason, at: new Date(lastError.atMs).toISOString() },
    nextRunAt: isoTime(due),
    progress: shown && progressOf(shown, run ? null : (lastRun?.endedAtMs ?? null)),
  };
}

function stateOf({ lastError, lastSuccessAtMs }: State, configured: boolean, isOpen: boolean): SourceState {
  if (!configured) return "idle";
  if (lastError) return isOpen || lastError.keyRefused ? "down" : "degraded";
  return lastSuccessAtMs === null ? "idle" : "ok";
}

function progressOf(run: Run, endedAtMs: number | null): SourceProgress {
  const { startedAtMs, total, products, quotes, changed, refused } = run;
  const startedAt = new Date(startedAtMs).toISOString();
  return { startedAt, endedAt: isoTime(endedAtMs), total, products, quotes, changed, refused };
}

function isoTime(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
