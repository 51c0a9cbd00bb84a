import { describe, expect, it } from "vitest";
import { nextWakeAt, type Deadlines } from "../../../src/objects/product/deadlines";

const NOTHING: Deadlines = { nextExpiryAt: null, lastSweepAt: 0, drainAt: null, pruneAt: null };

describe("when an object wakes by itself", () => {
  const cases: [string, Partial<Deadlines>, number | null][] = [
    ["never without a deadline", {}, null],
    ["at the expiry", { nextExpiryAt: 5000 }, 5000],
    ["at the earliest of all", { nextExpiryAt: 5000, drainAt: 4000, pruneAt: 3000 }, 3000],
    ["not sooner than a second after the last sweep", { nextExpiryAt: 5000, lastSweepAt: 4900 }, 5900],
    ["at the drain though a sweep is spaced", { nextExpiryAt: 5000, lastSweepAt: 4900, drainAt: 5100 }, 5100],
  ];
  it.each(cases)("%s", (_, deadlines, expected) => {
    expect(nextWakeAt({ ...NOTHING, ...deadlines })).toBe(expected);
  });
});
