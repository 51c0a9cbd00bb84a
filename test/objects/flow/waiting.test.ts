import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoffMs, retry } from "../../../src/objects/flow/backoff";
import { inSlices, Pace } from "../../../src/objects/flow/pace";
import { Waiters } from "../../../src/objects/flow/waiters";
import { WEBHOOK_BACKOFF } from "../../../src/limits";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("whoever waits until something is so", () => {
  it("is answered at once, when it becomes so, or with nothing when the time is over", async () => {
    const waiters = new Waiters();
    let value = 1;
    const atLeast = (least: number) => () => (value >= least ? value : undefined);
    expect(await waiters.wait(atLeast(1), 10)).toBe(1);
    const soon = waiters.wait(atLeast(2), 10);
    const late = waiters.wait(atLeast(3), 10);
    const whenever = waiters.wait(atLeast(4));
    expect(waiters.size).toBe(3);
    value = 2;
    waiters.notify();
    expect(await soon).toBe(2);
    await vi.advanceTimersByTimeAsync(10);
    expect(await late).toBeUndefined();
    await vi.advanceTimersByTimeAsync(3_600_000);
    value = 4;
    waiters.notify();
    expect(await whenever).toBe(4);
    expect([waiters.size, vi.getTimerCount()]).toEqual([0, 0]);
  });
});

describe("the back-off", () => {
  it.each([
    [1, 1, 1000],
    [1, 0, 800],
    [2, 1, 2000],
    [5, 0.5, 14_400],
    [12, 1, 2_048_000],
    [13, 1, 3_600_000],
    [15, 0, 2_880_000],
    [1000, 1, 3_600_000],
  ])("after %d failures, with chance %d, is %d ms", (failures, chance, ms) => {
    vi.spyOn(Math, "random").mockReturnValue(chance);
    expect(backoffMs(failures, WEBHOOK_BACKOFF)).toBe(ms);
  });
});

describe("trying again", () => {
  it("answers the first success, or rejects as the last try does", async () => {
    const work = vi.fn(async () => {
      if (work.mock.calls.length < 3) throw new Error(`no ${work.mock.calls.length}`);
      return "yes";
    });
    expect(await retry(3, work)).toBe("yes");
    work.mockClear();
    await expect(retry(2, work)).rejects.toThrow("no 2");
    work.mockClear();
    const backoff = { minMs: 100, maxMs: 1000, spread: [1, 1] } as const;
    const spaced = retry(3, work, backoff);
    await vi.advanceTimersByTimeAsync(299);
    expect(work).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(await spaced).toBe("yes");
  });
});

describe("many at a time", () => {
  it("go in slices with a pause between them, the first at once", async () => {
    const slices: number[][] = [];
    const done = inSlices([1, 2, 3, 4, 5], { size: 2, pauseMs: 10 }, (slice) => slices.push([...slice]));
    expect(slices).toEqual([[1, 2]]);
    await vi.advanceTimersByTimeAsync(10);
    expect(slices).toEqual([
      [1, 2],
      [3, 4],
    ]);
    await vi.advanceTimersByTimeAsync(10);
    await done;
    expect(slices.at(-1)).toEqual([5]);
  });

  it("are charged for, and whoever is ahead of its share waits", async () => {
    const pace = new Pace(1000);
    await pace.caughtUp();
    pace.charge(50);
    expect(pace.aheadMs).toBe(50);
    const caughtUp = vi.fn();
    void pace.caughtUp().then(caughtUp);
    await vi.advanceTimersByTimeAsync(49);
    expect(caughtUp).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(caughtUp).toHaveBeenCalledOnce();
  });
});
