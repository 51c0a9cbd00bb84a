/**
 * From the JSON that is sent to the columns of the book's rows. A column takes the field of its name, except where `PATHS` says
 * otherwise. A field that no query looks at needs no column: it goes into `more`, a JSON object, and is read from there.
 */
import { getTableColumns } from "drizzle-orm";
import { catalogSchema } from "../domain/product";
import { reservationDataSchema } from "../domain/reservation";
import { products, reservations } from "./schema";

/** Columns that take a part of a field. */
const PATHS: Record<string, string> = {
  priceAmount: "price.amount",
  priceCurrency: "price.currency",
  sourceName: "source.name",
  sourceExternalId: "source.externalId",
};

/** A value in SQL for each column, from the JSON value `json`, whose fields stand under the path `prefix`. */
type Columns = (json: string, prefix: string) => ReadonlyMap<string, string>;

export const productColumns: Columns = (json, prefix) =>
  columnsOf(getTableColumns(products), Object.keys(catalogSchema.shape), { json, prefix }).set(
    products.priceValue.name,
    `CAST(${json} ->> '${prefix}.price.amount' AS REAL)`,
  );

export const reservationColumns: Columns = (json, prefix) =>
  columnsOf(getTableColumns(reservations), Object.keys(reservationDataSchema.shape), { json, prefix });

function columnsOf(
  columns: Record<string, { name: string }>,
  fields: readonly string[],
  { json, prefix }: { json: string; prefix: string },
): Map<string, string> {
  const paths = Object.keys(columns).map((field) => PATHS[field] ?? field);
  const known = new Set(paths.map((path) => path.split(".")[0]));
  const rest = fields.filter((field) => !known.has(field));
  // What an older release did not send is left out, so that it is read as its default.
  const more = `(SELECT json_group_object(f.key, json(${json} -> f.fullkey))
    FROM json_each(${json}, '${prefix}') AS f WHERE f.key IN (${rest.map((field) => `'${field}'`).join(", ")}))`;
  return new Map(
    Object.entries(columns).map(([field, { name }]) => [
      name,
      field === "more"
        ? rest.length > 0
          ? more
          : "NULL"
        : `${json} ->> '${prefix}.${PATHS[field] ?? field}'`,
    ]),
  );
}
