import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SOURCE_BREAKER_FAILURES, SOURCE_RETRIES } from "../../src/limits/sources";
import { SourceFailure, type FailureKind } from "../../src/sources/failure";
import { Guard, isOpenCircuit } from "../../src/sources/guard";

const OPEN_MS = 30_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

/** How often it was called until it was given up. */
async function calls(guard: Guard, kind: FailureKind, retryAfterMs = 0): Promise<number> {
  let count = 0;
  const work = () => {
    count += 1;
    return Promise.reject(new SourceFailure(kind, "failed", retryAfterMs));
  };
  await expect(guard.execute(work)).rejects.toThrow();
  return count;
}

async function open(guard: Guard): Promise<void> {
  for (let n = 0; n < SOURCE_BREAKER_FAILURES; n += 1) await calls(guard, "bad_answer");
}

describe("the guard of a source", () => {
  it("tries again at once what passes, and nothing else", async () => {
    const guard = () => new Guard(OPEN_MS, null);
    expect(await calls(guard(), "unavailable")).toBe(1 + SOURCE_RETRIES);
    expect(await calls(guard(), "unavailable", 7000)).toBe(1);
    for (const kind of ["rate_limited", "timed_out", "bad_answer", "key_refused", "not_found"] as const) {
      expect([kind, await calls(guard(), kind)]).toEqual([kind, 1]);
    }
  });

  it("gives what came at last", async () => {
    let count = 0;
    const work = () => {
      count += 1;
      return count < 2 ? Promise.reject(new SourceFailure("unavailable", "x")) : Promise.resolve(count);
    };
    expect(await new Guard(OPEN_MS, null).execute(work)).toBe(2);
  });

  it("lets nobody through after several failures, then one to see, then all", async () => {
    const guard = new Guard(OPEN_MS, null);
    await open(guard);
    expect(guard.isOpen).toBe(true);
    const work = vi.fn(() => Promise.resolve("here"));
    const refused = await guard.execute(work).catch((error: unknown) => error);
    expect(isOpenCircuit(refused)).toBe(true);
    expect(work).not.toHaveBeenCalled();

    vi.setSystemTime(Date.now() + OPEN_MS);
    expect(await calls(guard, "timed_out")).toBe(1);
    expect(guard.isOpen).toBe(true);
    vi.setSystemTime(Date.now() + OPEN_MS);
    expect(await guard.execute(work)).toBe("here");
    expect(guard.isOpen).toBe(false);
  });

  it("is not opened by limits, refused keys and unknown ids", async () => {
    const guard = new Guard(OPEN_MS, null);
    for (let n = 0; n < 3 * SOURCE_BREAKER_FAILURES; n += 1) {
      for (const kind of ["rate_limited", "key_refused", "not_found"] as const) await calls(guard, kind);
    }
    expect(guard.isOpen).toBe(false);
  });

  it("is as it was after a restart", async () => {
    const guard = new Guard(OPEN_MS, null);
    await open(guard);
    const kept: unknown = JSON.parse(JSON.stringify(guard.state));
    const later = new Guard(OPEN_MS, kept);
    expect(later.isOpen).toBe(true);
    expect(await calls(later, "bad_answer")).toBe(0);
    vi.setSystemTime(Date.now() + OPEN_MS);
    expect(await later.execute(() => Promise.resolve(1))).toBe(1);
    const closed = new Guard(OPEN_MS, JSON.parse(JSON.stringify(later.state)));
    expect(closed.isOpen).toBe(false);
  });
});
