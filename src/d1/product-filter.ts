/** What lists of products may be narrowed by, as conditions on their rows. */
import { and, eq, gt, gte, inArray, lte, or, sql, type SQL } from "drizzle-orm";
import type { Availability, ProductStatus } from "../domain/product";
import { products } from "./schema";

export interface ProductFilter {
  kind?: string;
  /** Of several, any. */
  status?: ProductStatus | readonly ProductStatus[];
  tag?: string;
  barcode?: string;
  minPrice?: number;
  maxPrice?: number;
  availability?: Availability;
  /** By name, as text: a number or a boolean matches what it looks like. */
  attributes?: Record<string, string>;
  /** In milliseconds. */
  createdAfter?: number;
  updatedAfter?: number;
  /** Products with a level there. */
  locationId?: string;
  /** More, or not more, on hand than the maximum; without one it is never more. */
  overstocked?: boolean;
}

/** Deleted products match nothing. */
export function productFilter(filter: ProductFilter): SQL | undefined {
  const {
    kind,
    status,
    tag,
    barcode,
    minPrice,
    maxPrice,
    availability,
    createdAfter,
    updatedAfter,
    locationId,
    overstocked,
    attributes = {},
  } = filter;
  return and(
    eq(products.deleted, false),
    kind === undefined ? undefined : eq(products.kind, kind),
    status === undefined ? undefined : inArray(products.status, [status].flat()),
    barcode === undefined ? undefined : eq(products.barcode, barcode),
    minPrice === undefined ? undefined : gte(products.priceValue, minPrice),
    maxPrice === undefined ? undefined : lte(products.priceValue, maxPrice),
    availability === undefined ? undefined : eq(products.availability, availability),
    createdAfter === undefined ? undefined : gt(products.createdAtMs, createdAfter),
    updatedAfter === undefined ? undefined : gt(products.updatedAtMs, updatedAfter),
    tag === undefined
      ? undefined
      : sql`EXISTS (SELECT 1 FROM json_each(${products.tags}) AS tag WHERE tag.value = ${tag})`,
    locationId === undefined
      ? undefined
      : sql`EXISTS (SELECT 1 FROM json_each(${products.levels}) AS level
          WHERE level.value ->> 'locationId' = ${locationId})`,
    overstocked === undefined
      ? undefined
      : sql`coalesce(${products.onHand} > ${products.maximumStockLevel}, 0) = ${overstocked ? 1 : 0}`,
    ...Object.entries(attributes).map(([name, value]) => attributeIs(name, value)),
  );
}

/** `name` holds no quote: it stands in a JSON path. */
function attributeIs(name: string, value: string): SQL | undefined {
  const path = `$."${name}"`;
  const asText = sql`${products.attributes} ->> ${path} = ${value}`;
  const literal = literalOf(value);
  return literal === undefined ? asText : or(asText, sql`${products.attributes} -> ${path} = ${literal}`);
}

/** The JSON text of the number or boolean that `value` looks like. */
export function literalOf(value: string): string | undefined {
  if (value === "true" || value === "false") return value;
  const number = value.trim() === "" ? Number.NaN : Number(value);
  return Number.isFinite(number) ? JSON.stringify(number) : undefined;
}
