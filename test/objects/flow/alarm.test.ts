/** The one alarm of an object: at the first of what is due, moved only to an earlier moment, set again after its run. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Alarm } from "../../../src/objects/flow/alarm";

const NOW = Date.parse("2026-01-02T03:04:05Z");

function alarmFor(...dueAt: (number | null)[]) {
  const due = [...dueAt];
  const setAlarm = vi.fn<(at: number | Date) => Promise<void>>(async () => {});
  const alarm = new Alarm({ getAlarm: async () => null, setAlarm }, () => due);
  return { alarm, due, at: () => setAlarm.mock.calls.map(([at]) => Number(at) - NOW), setAlarm };
}

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

describe("an alarm", () => {
  it("is set to the first of several moments, and to none where nothing is due", () => {
    const { alarm, at, due } = alarmFor(NOW + 9000, null, NOW + 2000, NOW + 5000);
    alarm.arm();
    expect(at()).toEqual([2000]);
    due.splice(0, due.length, null);
    alarm.arm();
    expect(at()).toEqual([2000]);
  });

  it("moves to an earlier moment, never to a later one, nor to one that has passed", () => {
    const { alarm, at, due } = alarmFor(NOW + 5000);
    alarm.arm();
    due.push(NOW + 8000);
    alarm.arm();
    due.push(NOW + 1000);
    alarm.arm();
    due.push(NOW - 1000);
    alarm.arm();
    expect(at()).toEqual([5000, 1000, 1]);
  });

  it("is set again after its run, whatever came of that, and not while it runs", async () => {
    const { alarm, at } = alarmFor(NOW + 3000);
    await alarm.run(async () => {
      alarm.arm();
      expect(at()).toEqual([]);
      throw new Error("a bug");
    }, {});
    expect(at()).toEqual([3000]);
  });

  it("that could not be set is tried again", async () => {
    const { alarm, at, setAlarm } = alarmFor(NOW + 3000);
    setAlarm.mockRejectedValueOnce(new Error("away"));
    alarm.arm();
    await vi.advanceTimersByTimeAsync(0);
    alarm.arm();
    expect(at()).toEqual([3000, 3000]);
  });
});
