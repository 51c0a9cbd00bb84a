import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Alarm } from "../../../src/objects/flow/alarm";
import { DRAIN_ALARM_MS, PRUNE_SPACING_MS } from "../../../src/limits";
import { Maintenance } from "../../../src/objects/product/maintenance";
import type { ProductStore } from "../../../src/objects/product/store";

const NOW = Date.parse("2026-01-02T03:04:05Z");

function setUp(
  store: Partial<ProductStore> = {},
  outbox = { acknowledgedSeq: 0, retryAt: null as number | null },
) {
  const state = { floor: null as number | null, alarmAt: null as number | null };
  const known = {
    nextExpiryAt: null,
    firstPrunableAt: null,
    firstUlid: null,
    seq: 0,
    acknowledgedSeq: 0,
    ...store,
  };
  const maintenance = new Maintenance(
    known as unknown as ProductStore,
    {
      outbox,
      publisher: {
        get floorSeq() {
          return state.floor;
        },
      },
    },
    1000,
  );
  const setAlarm = vi.fn(async (at: number | Date) => void (state.alarmAt = Number(at)));
  const alarm = new Alarm({ getAlarm: async () => state.alarmAt, setAlarm }, () => maintenance.dueAt());
  const due = () => Math.min(...maintenance.dueAt().filter((at) => at !== null));
  return { maintenance, alarm, setAlarm, state, store: known, outbox, due };
}

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("when an object wakes by itself", () => {
  it("never without a deadline", () => {
    expect(setUp().due()).toBe(Number.POSITIVE_INFINITY);
  });

  it("at the expiry, but not sooner than a second after the last sweep", () => {
    const { maintenance, due } = setUp({ nextExpiryAt: 5000 });
    expect(due()).toBe(5000);
    maintenance.swept(4900);
    expect(due()).toBe(5900);
  });

  it("at the earliest of all", () => {
    const { outbox, due } = setUp({ nextExpiryAt: 5000, firstPrunableAt: 3000, seq: 1 });
    expect(due()).toBe(4000);
    outbox.retryAt = 3500;
    expect(due()).toBe(3500);
  });

  it("while something is not in the book, or not in KV", () => {
    const { state, outbox, due } = setUp({ seq: 1 });
    expect(due()).toBe(NOW + DRAIN_ALARM_MS);
    outbox.acknowledgedSeq = 1;
    state.floor = 0;
    expect(due()).toBe(NOW + DRAIN_ALARM_MS);
    state.floor = null;
    expect(due()).toBe(Number.POSITIVE_INFINITY);
  });

  it("a day after it found nothing to prune", () => {
    const prune = vi.fn(() => 0);
    const { maintenance, due } = setUp({ firstPrunableAt: NOW - 1000, present: true, prune });
    maintenance.prune();
    expect(prune).toHaveBeenCalledOnce();
    expect(due()).toBe(NOW + PRUNE_SPACING_MS);
  });
});

describe("the alarm of an object", () => {
  it("only moves to an earlier moment, never to one that has passed, and after a run to whatever is next", async () => {
    const { alarm, setAlarm, store, state } = setUp();
    alarm.arm();
    expect(setAlarm).not.toHaveBeenCalled();
    for (const [expiry, armed] of [
      [NOW + 500, NOW + 500],
      [NOW + 900, NOW + 500],
      [NOW + 300, NOW + 300],
      [NOW - 300, NOW + 1],
    ]) {
      store.nextExpiryAt = expiry ?? null;
      alarm.arm();
      expect(state.alarmAt).toBe(armed);
    }
    store.nextExpiryAt = NOW + 900;
    await alarm.run(async () => {
      alarm.arm();
      expect(state.alarmAt, "the platform runs it again after a crash").toBe(NOW + 1);
    }, {});
    expect(state.alarmAt).toBe(NOW + 900);
  });

  it("is not put off by a start, and set again where it is gone", async () => {
    const { alarm, setAlarm, state } = setUp({ nextExpiryAt: NOW + 500 });
    state.alarmAt = NOW + 100;
    await alarm.recover();
    expect(setAlarm).not.toHaveBeenCalled();
    alarm.forget();
    alarm.arm();
    expect(state.alarmAt).toBe(NOW + 500);
    state.alarmAt = null;
    await alarm.recover();
    expect(state.alarmAt).toBe(NOW + 500);
  });

  it("never fails", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const { alarm, state } = setUp({ nextExpiryAt: NOW + 500 });
    await alarm.run(() => Promise.reject(new Error("a bug")), { productId: "p" });
    expect(String(log.mock.calls)).toContain("a bug");
    expect(state.alarmAt).toBe(NOW + 500);
  });
});
