/** The way of a webhook's own events to the book, where the book is away or will not have one. */
import { describe, expect, it, vi } from "vitest";
import type { BookEntry } from "../../../src/d1/projection";
import type { LedgerAnswer } from "../../../src/objects/ledger/batch";
import { newAnnouncementOutbox } from "../../../src/objects/webhook/announcement";
import type { WebhookStore } from "../../../src/objects/webhook/store";

function setUp(append: (entry: BookEntry) => Promise<LedgerAnswer>) {
  const announced: number[] = [];
  const store = {
    nextAnnouncement: (after: number) => (after < 2 ? { n: after + 1, event: "{}" } : undefined),
    announced: (n: number) => void announced.push(n),
  } as unknown as WebhookStore;
  const onFailure = vi.fn();
  const outbox = newAnnouncementOutbox({ store, webhookId: "w", append: vi.fn(append), onFailure });
  return { announced, onFailure, outbox };
}

describe("announcements", () => {
  it("one that the book will never take is told of and left; the next goes on", async () => {
    const { announced, onFailure, outbox } = setUp(async ({ toVersion }) =>
      toVersion === 1 ? { ok: false, refused: true, reason: "bad" } : { ok: true },
    );
    await outbox.drain();
    expect(announced).toEqual([1, 2]);
    expect(onFailure).toHaveBeenCalledExactlyOnceWith("bad", 1);
  });

  it("wait while the ledger cannot be reached", async () => {
    const { announced, onFailure, outbox } = setUp(() => Promise.reject(new Error("gone")));
    await outbox.drain();
    expect(announced).toEqual([]);
    expect(onFailure).toHaveBeenCalledExactlyOnceWith("Error: gone", 1);
    expect(outbox.retryAt).not.toBeNull();
  });
});
