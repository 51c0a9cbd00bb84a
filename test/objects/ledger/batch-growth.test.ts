import { expect, it } from "vitest";
import type { BookEntry } from "../../../src/d1/projection";
import type { WebhookFilter } from "../../../src/domain/webhook";
import { BatchGrowth } from "../../../src/objects/ledger/batch-growth";

function entry(productId: string, ...types: string[]): BookEntry {
  const events = types.map((type) => JSON.stringify({ id: `${productId}:1`, type, productId })).join(",");
  return { productId, events, fromVersion: 0, toVersion: types.length, stock: null, catalog: null };
}

const entries = [entry("a", "reservation.held", "stock.low"), entry("b", "product.created")];
const news = new BatchGrowth(entries, { after: 0, to: 3 });

it.each<[WebhookFilter, boolean]>([
  [{ types: null, productIds: null }, true],
  [{ types: null, productIds: ["c", "b"] }, true],
  [{ types: null, productIds: ["c"] }, false],
  [{ types: ["stock.low"], productIds: null }, true],
  [{ types: ["stock.depleted", "product.created"], productIds: null }, true],
  [{ types: ["stock.depleted"], productIds: null }, false],
  [{ types: ["stock.low"], productIds: ["a"] }, true],
  [{ types: ["stock.low"], productIds: ["b"] }, false],
  [{ types: [], productIds: null }, false],
])("a batch may hold something for %j: %s", (filter, may) => {
  expect([news.mayPass(filter), news.mayPass(filter)]).toEqual([may, may]);
});
