import { describe, expect, it } from "vitest";
import { storedLevels } from "../../src/d1/products";
import { productFromRow } from "../../src/objects/product/statements";
import { webhookFromRow, type WebhookRow } from "../../src/objects/webhook/statements";

describe("what an older release wrote", () => {
  it("a product's fields", () => {
    const stored = { name: "Old", kind: "set", wasOnceAField: 1 };
    const row = { createdAt: 1, updatedAt: 2, catalogVersion: 3, deleted: 0, acknowledgedSeq: 4 };
    expect(productFromRow({ ...row, fields: JSON.stringify(stored) })).toEqual({
      fields: {
        kind: "set",
        name: "Old",
        description: null,
        status: "active",
        barcode: null,
        imageUrl: null,
        tags: [],
        attributes: {},
        price: null,
        source: null,
        minimumStockLevel: 0,
        maximumStockLevel: null,
        maxPerCustomer: null,
      },
      createdAt: 1,
      updatedAt: 2,
      catalogVersion: 3,
      deleted: false,
    });
  });

  it("a level in the book", () => {
    expect(storedLevels('[{"locationId":"main","onHand":7,"bin":"A1"}]')).toEqual([
      { locationId: "main", onHand: 7, reserved: 0, safetyStock: 0, backorderLimit: 0 },
    ]);
  });

  it("a webhook's settings", () => {
    const row: WebhookRow = {
      settings: '{"url":"https://a.example","secrets":[]}',
      status: "active",
      disabledReason: null,
      nextOffset: 1,
      failures: 0,
      nextAttemptAt: null,
      lastDeliveredAt: null,
      missedFrom: null,
      missedTo: null,
      disablings: 0,
      createdAt: 0,
      updatedAt: 0,
    };
    expect(webhookFromRow(row)).toMatchObject({ types: null, productIds: null, description: null });
  });
});
