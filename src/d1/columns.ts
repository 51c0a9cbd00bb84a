/**
 * From the JSON that is sent to the columns of the book's rows. A column takes the field of its name, except where `PATHS` says
 * otherwise. A field that no query looks at needs no column: it goes into `more`, a JSON object, and is read from there.
 */
import { getTableColumns } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { catalogSchema } from "../domain/product";
import { reservationDataSchema } from "../domain/reservation";
import { products, reservations } from "./schema";

/** Columns that take a part of a field. */
const PATHS: Record<string, string> = {
  priceAmount: "price.amount",
  priceCurrency: "price.currency",
  priceValue: "price.amount",
  sourceName: "source.name",
  sourceExternalId: "source.externalId",
};

export const productColumns = columnsOf(products, Object.keys(catalogSchema.shape));
export const reservationColumns = columnsOf(reservations, Object.keys(reservationDataSchema.shape));

/** A value in SQL for each column, from the JSON value `json`, whose fields stand under the path `prefix`. */
function columnsOf(table: SQLiteTable, fields: readonly string[]) {
  const columns = Object.entries(getTableColumns(table)).map(([field, column]) => {
    return { name: column.name, path: PATHS[field] ?? field, isReal: column.getSQLType() === "real" };
  });
  const known = new Set(columns.map(({ path }) => path.split(".")[0]));
  const rest = fields.filter((field) => !known.has(field)).map((field) => `'${field}'`);
  return (json: string, prefix: string): ReadonlyMap<string, string> => {
    // What an older release did not send is left out, so that it is read as its default.
    const more = `(SELECT json_group_object(f.key, json(${json} -> f.fullkey))
    FROM json_each(${json}, '${prefix}') AS f WHERE f.key IN (${rest.join(", ")}))`;
    const valueOf = (path: string) => `${json} ->> '${prefix}.${path}'`;
    return new Map(
      columns.map(({ name, path, isReal }) => [
        name,
        isReal ? `CAST(${valueOf(path)} AS REAL)` : valueOf(path),
      ]),
    ).set("more", rest.length > 0 ? more : "NULL");
  };
}
