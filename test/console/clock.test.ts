/** The service's clock as the console reckons it. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const HERE = Date.parse("2026-03-01T12:00:00.000Z");

beforeEach(() => vi.useFakeTimers({ now: HERE }));
afterEach(() => vi.useRealTimers());

async function loaded() {
  vi.resetModules();
  return import("../../src/console/clock.ts");
}

describe("the service's clock", () => {
  it("is this machine's until something is known", async () => {
    expect((await loaded()).serviceNow()).toBe(HERE);
  });

  it("is what its answers say, half-way between asking and hearing", async () => {
    const clock = await loaded();
    clock.noteDate("Sun, 01 Mar 2026 12:10:00 GMT", HERE - 200, HERE);
    expect(clock.serviceNow()).toBe(HERE + 600_000 + 500 + 100);
  });

  it("does not wander within the second that a Date leaves open", async () => {
    const clock = await loaded();
    clock.noteDate("Sun, 01 Mar 2026 12:10:00 GMT", HERE, HERE);
    const first = clock.serviceNow();
    clock.noteDate("Sun, 01 Mar 2026 12:10:00 GMT", HERE + 700, HERE + 700);
    expect(clock.serviceNow()).toBe(first);
  });

  it("is that of a change that has just come, where answers have no Date", async () => {
    const clock = await loaded();
    clock.noteDate(null, HERE, HERE);
    clock.noteChangeAt(HERE - 300_000);
    expect(clock.serviceNow()).toBe(HERE - 300_000);
    clock.noteDate("Sun, 01 Mar 2026 11:58:00 GMT", HERE, HERE);
    const byDate = clock.serviceNow();
    clock.noteChangeAt(HERE - 300_000);
    expect(clock.serviceNow()).toBe(byDate);
  });

  it("moves once a second while somebody looks, and not otherwise", async () => {
    const clock = await loaded();
    expect(vi.getTimerCount()).toBe(0);
    const seen: number[] = [];
    const end = clock.now.subscribe((at) => seen.push(at - HERE));
    vi.advanceTimersByTime(3000);
    end();
    expect([seen, vi.getTimerCount()]).toEqual([[0, 1000, 2000, 3000], 0]);
  });
});
