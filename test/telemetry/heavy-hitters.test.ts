import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeavyHitters } from "../../src/telemetry/heavy-hitters";

const name = fc.integer({ min: 0, max: 40 }).map((n) => `n${Math.floor(n ** 1.5)}`);
const seen = fc.record({
  name,
  count: fc.integer({ min: 1, max: 5 }),
  units: fc.integer({ min: 0, max: 9 }),
});

describe("heavy hitters", () => {
  it("are exact as long as there is room", () => {
    const hitters = new HeavyHitters(2);
    hitters.add({ name: "a", count: 1, units: 3 });
    hitters.add({ name: "b", count: 2, units: 0 });
    hitters.add({ name: "a", count: 1, units: 4 });
    expect(hitters.tallies()).toEqual([
      { name: "a", count: 2, units: 7 },
      { name: "b", count: 2, units: 0 },
    ]);
  });

  it("say of every name, here or not, at most what is true, and hardly less; stored or not on the way", () => {
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 300 }), fc.integer({ min: 1, max: 12 }), (all, room) => {
        let hitters = new HeavyHitters(room);
        const truth = new Map<string, { count: number; units: number }>();
        let total = 0;
        for (const [at, one] of all.entries()) {
          if (at % 50 === 49) hitters = new HeavyHitters(room, JSON.parse(JSON.stringify(hitters.stored())));
          hitters.add(one);
          const { count = 0, units = 0 } = truth.get(one.name) ?? {};
          truth.set(one.name, { count: count + one.count, units: units + one.units });
          total += one.count;
        }
        const { maximumError } = hitters;
        const tallies = new Map(hitters.tallies().map((tally) => [tally.name, tally]));
        expect(tallies.size).toBeLessThanOrEqual(room);
        expect(maximumError).toBeLessThanOrEqual(total / room);
        if (truth.size < room) expect(maximumError).toBe(0);
        for (const [known, { count, units }] of truth) {
          const tally = tallies.get(known) ?? { count: 0, units: 0 };
          expect(tally.count).toBeLessThanOrEqual(count);
          expect(tally.units).toBeLessThanOrEqual(units);
          expect(tally.count).toBeGreaterThanOrEqual(count - maximumError);
          // Whoever is seen more often than that is here.
          if (count > maximumError) expect(tallies.has(known)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("what is lost on the way makes everything less exact", () => {
    const hitters = new HeavyHitters(5);
    hitters.lose(3);
    hitters.add({ name: "a", count: 1, units: 0 });
    expect(hitters.maximumError).toBe(3);
    expect(new HeavyHitters(5, hitters.stored()).maximumError).toBe(3);
  });
});
