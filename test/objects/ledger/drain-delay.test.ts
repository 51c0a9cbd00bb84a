import { describe, expect, it } from "vitest";
import { DRAIN_DELAY_MS, DRAIN_RATE, MAX_DRAIN_DELAY_MS } from "../../../src/limits";
import { DrainDelay } from "../../../src/objects/ledger/drain-delay";

/** Senders that always have something: each sends, hears how long to gather, and sends again. */
function simulate(senders: number, seconds: number) {
  const delay = new DrainDelay();
  const answeredAfterMs = 100;
  const next = Array.from({ length: senders }, (_, index) => 1000 + (index * DRAIN_DELAY_MS) / senders);
  let lastSecond = 0;
  for (let now = 1000; now < 1000 + seconds * 1000; now += 1) {
    for (const [index, due] of next.entries()) {
      if (due > now) continue;
      delay.saw(now);
      next[index] = now + answeredAfterMs + (delay.ms ?? DRAIN_DELAY_MS);
      if (now >= seconds * 1000) lastSecond += 1;
    }
  }
  return { delayMs: delay.ms, perSecond: lastSecond };
}

describe("the delay that a ledger asks for", () => {
  it("is none while few send", () => {
    expect(simulate(20, 10).delayMs).toBeUndefined();
  });

  it("keeps many at what the ledger wants", () => {
    const { delayMs, perSecond } = simulate(200, 20);
    expect(delayMs).toBeGreaterThan(DRAIN_DELAY_MS);
    expect(delayMs).toBeLessThan(MAX_DRAIN_DELAY_MS);
    expect(perSecond).toBeGreaterThan(0.9 * DRAIN_RATE.few);
    expect(perSecond).toBeLessThan(1.1 * DRAIN_RATE.most);
  });

  it("is bounded however many send, and gone once they have stopped", () => {
    const delay = new DrainDelay();
    for (let now = 0; now < 5000; now += 1) for (let n = 0; n < 20; n += 1) delay.saw(now);
    expect(delay.ms).toBe(MAX_DRAIN_DELAY_MS);
    for (let now = 5000; now < 8000; now += DRAIN_RATE.windowMs) delay.saw(now);
    expect(delay.ms).toBeUndefined();
  });

  it("survives a clock that is set back", () => {
    const delay = new DrainDelay();
    for (let now = 10_000; now < 12_000; now += 1) delay.saw(now);
    const before = delay.ms;
    expect(before).toBeGreaterThan(DRAIN_DELAY_MS);
    delay.saw(1000);
    expect(delay.ms).toBe(before);
    for (let now = 1; now < 8; now += 1) delay.saw(1000 + now * DRAIN_RATE.windowMs);
    expect(delay.ms).toBeUndefined();
  });
});
