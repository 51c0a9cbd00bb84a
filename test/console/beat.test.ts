/** The beat on which pages draw what changes by itself. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { onBeat } from "../../src/console/beat.ts";

const FRAME_MS = 16;
const BEAT_MS = 250;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  vi.stubGlobal("requestAnimationFrame", (call: () => void) => setTimeout(call, FRAME_MS));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("calls back at the next beat, once for all that was asked before", () => {
  const call = vi.fn();
  onBeat(call);
  vi.advanceTimersByTime(BEAT_MS / 5);
  onBeat(call);
  vi.advanceTimersByTime(BEAT_MS + FRAME_MS);
  expect(call).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1000);
  expect(call).toHaveBeenCalledTimes(1);
});

it("is one for all, and comes no more than four times a second", () => {
  const times: [string, number][] = [];
  const asking = (name: string) => {
    times.push([name, performance.now()]);
    if (performance.now() < 5 * BEAT_MS) onBeat(() => asking(name));
  };
  onBeat(() => asking("a"));
  vi.advanceTimersByTime(30);
  onBeat(() => asking("b"));
  vi.advanceTimersByTime(2000);
  const of = (wanted: string) => times.filter(([name]) => name === wanted).map(([, at]) => at);
  expect(of("a")).toEqual(of("b"));
  const gaps = of("a")
    .slice(1)
    .map((at, beat) => at - (of("a")[beat] ?? 0));
  expect(gaps).toEqual([BEAT_MS, BEAT_MS, BEAT_MS, BEAT_MS]);
});

it("comes to everybody, whoever fails", () => {
  const failed = new Error("one that fails");
  const call = vi.fn();
  onBeat(() => {
    throw failed;
  });
  onBeat(call);
  expect(() => vi.advanceTimersByTime(2 * BEAT_MS)).toThrow(failed);
  vi.advanceTimersByTime(2 * BEAT_MS);
  expect(call).toHaveBeenCalledTimes(1);
});
