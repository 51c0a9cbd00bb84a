/** The way of a webhook's own events to the log, where the book is away or will not have one. */
import { describe, expect, it, vi } from "vitest";
import type { BookEntry } from "../../../src/d1/projection";
import type { LedgerAnswer } from "../../../src/objects/ledger/batch";

import type { WebhookStore } from "../../../src/objects/webhook/store";
import { WebhookOutbox } from "../../../src/objects/webhook/webhook-outbox";

function setUp(send: (entry: BookEntry) => Promise<LedgerAnswer>) {
  const acknowledged: number[] = [];
  const store = {
    webhookId: "w",
    nextOutboxEvent: (after: number) => (after < 2 ? { n: after + 1, event: "{}" } : undefined),
    acknowledged: (n: number) => void acknowledged.push(n),
  } as unknown as WebhookStore;
  const onFailure = vi.fn();
  const outbox = new WebhookOutbox(store, vi.fn(send), onFailure);
  return { acknowledged, onFailure, outbox };
}

describe("a webhook's own events", () => {
  it("one that the book will never take is told of and left; the next goes on", async () => {
    const { acknowledged, onFailure, outbox } = setUp(async ({ toVersion }) =>
      toVersion === 1 ? { ok: false, refused: true, reason: "bad" } : { ok: true },
    );
    await outbox.drain();
    expect(acknowledged).toEqual([1, 2]);
    expect(onFailure).toHaveBeenCalledExactlyOnceWith("bad", 1);
  });

  it("wait while the ledger cannot be reached", async () => {
    const { acknowledged, onFailure, outbox } = setUp(() => Promise.reject(new Error("gone")));
    await outbox.drain();
    expect(acknowledged).toEqual([]);
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(new Error("gone"), 1);
    expect(outbox.retryAt).not.toBeNull();
  });
});
