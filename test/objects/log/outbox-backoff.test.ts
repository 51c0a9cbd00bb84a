/** How long the outbox leaves a book alone that did not answer: briefly at first, doubling, and never long. */
import { expect, it } from "vitest";
import { DRAIN_BACKOFF } from "../../../src/limits";
import { Outbox } from "../../../src/objects/log/outbox";

const BATCH = { rows: 1, seq: 1, version: 1, more: false };

it("tries again after half a second or so, then after twice as long, up to half a minute", async () => {
  const outbox = new Outbox({
    pack: () => BATCH,
    send: () => Promise.resolve({ ok: false, reason: "away" }),
    split: (batch) => [batch],
    onRefused: () => {},
    onAcknowledged: () => {},
    onFailure: () => {},
  });
  for (let failures = 1; failures <= 12; failures += 1) {
    const before = Date.now();
    await outbox.drain();
    const expectedMs = Math.min(DRAIN_BACKOFF.maxMs, DRAIN_BACKOFF.minMs * 2 ** (failures - 1));
    const waitMs = (outbox.retryAt ?? 0) - before;
    const facts = JSON.stringify({ failures, expectedMs, waitMs });
    expect(waitMs, facts).toBeGreaterThanOrEqual(expectedMs * 0.5);
    // It may be as much as half longer, and the drain itself takes a moment.
    expect(waitMs, facts).toBeLessThanOrEqual(expectedMs * 1.5 + 100);
  }
});
