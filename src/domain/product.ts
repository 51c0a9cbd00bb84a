/**
 * A product's catalog entry. `catalogSchema` is the one description of its fields: the object, the book, the events and
 * the views all take them from here, and an entry stored by an older release is read with the default of what it lacks.
 */
import * as z from "zod";
import { sellable, totals, type Level } from "./level";
import { moneySchema } from "./money";

export const PRODUCT_STATUSES = ["active", "inactive", "suspended", "discontinued"] as const;
export type ProductStatus = (typeof PRODUCT_STATUSES)[number];

export const AVAILABILITIES = ["in_stock", "low_stock", "out_of_stock", "backorder", "unavailable"] as const;
export type Availability = (typeof AVAILABILITIES)[number];

/** What staff may edit. */
export const catalogSchema = z.object({
  kind: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  status: z.enum(PRODUCT_STATUSES),
  barcode: z.string().nullable(),
  imageUrl: z.string().nullable(),
  tags: z.array(z.string()),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  price: moneySchema.nullable(),
  source: z.object({ name: z.string(), externalId: z.string() }).nullable(),
  minimumStockLevel: z.int(),
  maximumStockLevel: z.int().nullable(),
  maxPerCustomer: z.int().nullable(),
});

export type CatalogFields = z.output<typeof catalogSchema>;
export type AttributeValue = CatalogFields["attributes"][string];

/** Of a product that does not say, and of one that was stored before there was such a field. */
export const DEFAULT_FIELDS: Readonly<Omit<CatalogFields, "name">> = {
  kind: "item",
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
};

/** The fields in the order of their description. */
export function newCatalog(name: string, given: Partial<CatalogFields>): CatalogFields {
  const { kind, ...others } = DEFAULT_FIELDS;
  return { kind, name, ...others, ...given };
}

/** What an older release did not write is as by default. Throws a `ZodError` when it is no entry. */
export function storedCatalog(stored: object): CatalogFields {
  return catalogSchema.parse({ ...DEFAULT_FIELDS, ...stored });
}

export interface Product {
  fields: CatalogFields;
  createdAt: number;
  updatedAt: number;
  /** The version at which the catalog entry (fields or availability) last changed. */
  catalogVersion: number;
  deleted: boolean;
}

export function isLow(fields: CatalogFields, levels: readonly Level[]): boolean {
  return totals(levels).onShelf < fields.minimumStockLevel;
}

export function isOverstocked(fields: CatalogFields, levels: readonly Level[]): boolean {
  return fields.maximumStockLevel !== null && totals(levels).onHand > fields.maximumStockLevel;
}

export function availability(fields: CatalogFields, levels: readonly Level[]): Availability {
  if (fields.status !== "active") return "unavailable";
  const { onShelf } = totals(levels);
  if (onShelf > 0) return onShelf < fields.minimumStockLevel ? "low_stock" : "in_stock";
  return levels.some((level) => sellable(level) > 0) ? "backorder" : "out_of_stock";
}
