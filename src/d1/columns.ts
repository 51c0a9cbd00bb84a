/**
 * Which column of the book holds which field, for products and reservations. A field that no query looks at needs no
 * column: it goes into `more`, a JSON object, and is read from there.
 */
import { catalogSchema } from "../domain/product";
import { reservationDataSchema } from "../domain/reservation";

/** Where a column's value stands in the JSON that is sent: a path, or several fields that become one JSON object. */
type Columns = ReadonlyMap<string, string | readonly string[]>;

export const PRODUCT_COLUMNS: Columns = withMore(Object.keys(catalogSchema.shape), {
  product_id: "productId",
  kind: "kind",
  name: "name",
  description: "description",
  status: "status",
  barcode: "barcode",
  image_url: "imageUrl",
  tags: "tags",
  attributes: "attributes",
  price_amount: "price.amount",
  price_currency: "price.currency",
  source_name: "source.name",
  source_external_id: "source.externalId",
  minimum_stock_level: "minimumStockLevel",
  maximum_stock_level: "maximumStockLevel",
  max_per_customer: "maxPerCustomer",
  availability: "availability",
  on_hand: "onHand",
  reserved: "reserved",
  available: "available",
  on_shelf: "onShelf",
  levels: "levels",
  next_expiry_at_ms: "nextExpiryAtMs",
  version: "version",
  catalog_version: "catalogVersion",
  created_at_ms: "createdAtMs",
  updated_at_ms: "updatedAtMs",
  stock_updated_at_ms: "stockUpdatedAtMs",
  deleted: "deleted",
});

export const RESERVATION_COLUMNS: Columns = withMore(Object.keys(reservationDataSchema.shape), {
  reservation_id: "reservationId",
  location_id: "locationId",
  order_id: "orderId",
  customer_id: "customerId",
  state: "state",
  quantity: "quantity",
  held: "held",
  confirmed: "confirmed",
  released: "released",
  returned: "returned",
  expires_at: "expiresAt",
  created_at: "createdAt",
  metadata: "metadata",
  owner: "owner",
});

function withMore(fields: readonly string[], pathByColumn: Record<string, string>): Columns {
  const known = new Set(Object.values(pathByColumn).map((path) => path.split(".")[0]));
  return new Map<string, string | string[]>([
    ...Object.entries(pathByColumn),
    ["more", fields.filter((field) => !known.has(field))],
  ]);
}

export function names(columns: Columns): string {
  return [...columns.keys()].join(", ");
}

/** The columns' values in SQL, from the JSON value `json`, whose fields stand under the path `prefix`. */
export function valuesOf(json: string, prefix: string, columns: Columns): string {
  return [...columns.values()]
    .map((path) =>
      typeof path === "string" ? `${json} ->> '${prefix}.${path}'` : object(json, prefix, path),
    )
    .join(", ");
}

function object(json: string, prefix: string, fields: readonly string[]): string {
  if (fields.length === 0) return "NULL";
  // What an older release did not send is left out, so that it is read as its default.
  return `(SELECT json_group_object(f.key, json(${json} -> f.fullkey))
    FROM json_each(${json}, '${prefix}') AS f WHERE f.key IN (${fields.map((field) => `'${field}'`).join(", ")}))`;
}
