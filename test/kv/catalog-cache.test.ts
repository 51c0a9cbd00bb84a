import { describe, expect, it } from "vitest";
import { DEFAULT_FIELDS } from "../../src/domain/product";
import { emptyLevel } from "../../src/domain/level";
import { productView } from "../../src/domain/views";
import { CATALOG_SHAPE, entryKey } from "../../src/kv/catalog-cache";

/** The fields of the product's JSON by the number of its shape. Append-only: what has been published stands. */
const FIELDS_BY_SHAPE: Record<number, string[]> = {
  1: [
    "attributes",
    "availability",
    "barcode",
    "createdAt",
    "description",
    "imageUrl",
    "kind",
    "maxPerCustomer",
    "maximumStockLevel",
    "minimumStockLevel",
    "name",
    "price",
    "price.amount",
    "price.currency",
    "productId",
    "quote",
    "source",
    "source.externalId",
    "source.name",
    "status",
    "tags",
    "updatedAt",
    "version",
  ],
};

const fields = {
  ...DEFAULT_FIELDS,
  name: "Full",
  price: { amount: "1.00", currency: "USD" },
  source: { name: "s", externalId: "1" },
};
const product = { fields, createdAt: 0, updatedAt: 0, catalogVersion: 1, deleted: false };
const state = { productId: "full", product, levels: [emptyLevel("main")], version: 1, updatedAt: 0 };

function namesOf(value: object, within = ""): string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const named = typeof inner === "object" && inner !== null && !Array.isArray(inner);
    return [`${within}${name}`, ...(named ? namesOf(inner, `${within}${name}.`) : [])];
  });
}

describe("the shape of a catalog entry", () => {
  it("has a number of its own: new fields, new number (CATALOG_SHAPE), and a new list here", () => {
    expect(namesOf(productView(state)).toSorted()).toEqual(FIELDS_BY_SHAPE[CATALOG_SHAPE]);
    expect(CATALOG_SHAPE).toBe(Math.max(...Object.keys(FIELDS_BY_SHAPE).map(Number)));
  });

  it("stands in the key, so that an entry of another shape is never read", () => {
    expect(entryKey("75192-1")).toBe(`product:${CATALOG_SHAPE}:75192-1`);
  });
});
