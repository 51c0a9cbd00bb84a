import { describe, expect, it } from "vitest";
import { SOURCE_CATALOG_MS } from "../../../src/limits/sources";
import {
  begin,
  dueAtMs,
  end,
  failed,
  NEW_STATE,
  statusOf,
  storedState,
  succeeded,
  type State,
} from "../../../src/objects/source/state";
import { SourceFailure } from "../../../src/sources/failure";

const NOW = Date.parse("2026-01-02T03:04:05Z");
const REFRESH_MS = 300_000;

function running(more: Partial<State> = {}): State {
  return { ...begin(NEW_STATE, { total: 3, listed: false, now: NOW }), ...more };
}

function failedWith(error: unknown, state: State = running(), waitMs = 2000): State {
  const reason = error instanceof Error ? error.message : null;
  return failed(state, { error, reason, waitMs, now: NOW });
}

const view = (state: State, more: { configured?: boolean; isOpen?: boolean } = {}) =>
  statusOf(state, { name: "coingecko", configured: true, isOpen: false, ...more });

describe("when a source is asked", () => {
  it("never, when nothing came from it", () => expect(dueAtMs(NEW_STATE)).toBeNull());

  it("is asked for the next step at its time, and not before what it asked for, nor within our own pause", () => {
    const state = running();
    expect(dueAtMs(state)).toBe(NOW);
    expect(dueAtMs({ ...state, retryAtMs: NOW + 5 })).toBe(NOW + 5);
    expect(dueAtMs({ ...state, retryAtMs: NOW + 5, holdUntilMs: NOW + 9 })).toBe(NOW + 9);
    const waiting = { ...NEW_STATE, nextRunAtMs: NOW };
    expect(dueAtMs({ ...waiting, holdUntilMs: NOW + 9 })).toBe(NOW + 9);
    expect(dueAtMs({ ...waiting, retryAtMs: NOW + 9 })).toBe(NOW + 9);
  });

  it("waits as long as the source says, and neither shorter nor longer", () => {
    const state = failedWith(new SourceFailure("rate_limited", "answered 429", 7000), running(), 60_000);
    expect(dueAtMs(state)).toBe(NOW + 7000);
    const shorter = failed(state, {
      error: new SourceFailure("rate_limited", "answered 429", 10),
      reason: "answered 429",
      waitMs: 0,
      now: NOW,
    });
    expect(dueAtMs(shorter)).toBe(NOW + 7000);
  });

  it("begins the next run on time, whenever the last one ended", () => {
    expect(dueAtMs(end(running(), { now: NOW + 100, refreshMs: REFRESH_MS }))).toBe(NOW + REFRESH_MS);
    expect(dueAtMs(end(running(), { now: NOW + 2 * REFRESH_MS, refreshMs: REFRESH_MS }))).toBe(
      NOW + 2 * REFRESH_MS + 1,
    );
    expect(end(NEW_STATE, { now: NOW, refreshMs: REFRESH_MS })).toBe(NEW_STATE);
  });

  it("looks at the catalog fields once a day", () => {
    const first = running();
    expect(first.run?.catalog).toBe(true);
    const again = (now: number) =>
      begin({ ...first, run: null }, { total: 3, listed: false, now }).run?.catalog;
    expect(again(NOW + SOURCE_CATALOG_MS - 1)).toBe(false);
    expect(again(NOW + SOURCE_CATALOG_MS)).toBe(true);
  });
});

describe("how a source fares", () => {
  it("is idle, ok, degraded and down", () => {
    const ok = succeeded(running(), NOW);
    const late = failedWith(new SourceFailure("unavailable", "answered 500"), ok);
    const refused = failedWith(new SourceFailure("key_refused", "answered 401"), ok);
    expect(view(NEW_STATE).state).toBe("idle");
    expect(view(ok).state).toBe("ok");
    expect(view(late).state).toBe("degraded");
    expect(view(late, { isOpen: true }).state).toBe("down");
    expect(view(refused).state).toBe("down");
    expect(view(late, { configured: false })).toMatchObject({ state: "idle", nextRunAt: null });
    expect(view(succeeded(late, NOW + 1)).state).toBe("ok");
  });

  it("says why, since when, and how far it has come", () => {
    const ok = succeeded(running(), NOW - 1000);
    const late = failedWith(new SourceFailure("unavailable", "answered 500"), ok);
    expect(view(late)).toEqual({
      name: "coingecko",
      configured: true,
      state: "degraded",
      lastSuccessAt: "2026-01-02T03:04:04.000Z",
      lastError: { reason: "answered 500", at: "2026-01-02T03:04:05.000Z" },
      nextRunAt: "2026-01-02T03:04:07.000Z",
      progress: {
        startedAt: "2026-01-02T03:04:05.000Z",
        endedAt: null,
        total: 3,
        products: 0,
        quotes: 0,
        changed: 0,
        refused: 0,
      },
    });
    const ended = end(ok, { now: NOW + 50, refreshMs: REFRESH_MS });
    expect(view(ended).progress?.endedAt).toBe("2026-01-02T03:04:05.050Z");
  });

  it("keeps the reason of what failed when it is left alone after that", () => {
    const first = failedWith(new SourceFailure("unavailable", "answered 500"));
    const open = failed(first, { error: new Error("open"), reason: null, waitMs: 1, now: NOW + 1 });
    expect(open).toMatchObject({ failures: 2, lastError: { reason: "answered 500", atMs: NOW } });
    const never = failed(NEW_STATE, { error: new Error("open"), reason: null, waitMs: 1, now: NOW });
    expect(never.lastError?.reason).toBe("it is left alone for a while");
  });
});

describe("what is stored", () => {
  it("is read as it was, and with the defaults of what an older release did not write", () => {
    const state = failedWith(new SourceFailure("unavailable", "x"));
    expect(storedState(JSON.stringify(state))).toEqual(state);
    expect(storedState("{}")).toEqual(NEW_STATE);
    expect(storedState("null")).toEqual(NEW_STATE);
    expect(() => storedState('{"failures":"many"}')).toThrow();
  });
});
