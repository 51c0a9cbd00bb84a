import { describe, expect, it } from "vitest";
import { wants, webhookView, type Webhook } from "../../src/domain/webhook";

const low = { type: "stock.low", productId: "A" } as const;

describe("a webhook's filter", () => {
  it.each([
    [{ types: null, productIds: null }, true],
    [{ types: ["stock.low" as const], productIds: null }, true],
    [{ types: ["stock.counted" as const], productIds: null }, false],
    [{ types: null, productIds: ["B", "A"] }, true],
    [{ types: null, productIds: ["a"] }, false],
    [{ types: ["stock.low" as const], productIds: ["B"] }, false],
  ])("%j lets the event through: %s", (filter, through) => {
    expect(wants(filter, low)).toBe(through);
  });
});

describe("a webhook's view", () => {
  const webhook: Webhook = {
    url: "https://hooks.example.com",
    types: null,
    productIds: null,
    description: null,
    secrets: [{ secret: "whsec_c2VjcmV0", until: null }],
    status: "active",
    disabledReason: null,
    nextOffset: 5,
    failures: 0,
    nextAttemptAt: null,
    lastDeliveredAt: 0,
    missed: null,
    disablings: 0,
    createdAt: 0,
    updatedAt: 0,
  };

  it.each([
    [{ oldest: 1, newest: 9 }, 5],
    [{ oldest: 1, newest: 4 }, 0],
    [{ oldest: null, newest: null }, 0],
    [null, null],
  ])("of a book with the ends %j is %s behind", (ends, behind) => {
    expect(webhookView("wh_1", webhook, ends).behind).toBe(behind);
  });

  it("never shows a secret", () => {
    expect(JSON.stringify(webhookView("wh_1", webhook, null))).not.toContain("c2VjcmV0");
  });
});
