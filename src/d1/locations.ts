/**
 * Locations: the one family of rows that its routes write themselves, since no product's object owns them.
 */
import { and, asc, eq, getTableColumns, ne, sql } from "drizzle-orm";
import { bounded, primaryBook } from "./book";
import { locations, products } from "./schema";

export interface Location {
  locationId: string;
  name: string;
  /** Lower comes first. */
  priority: number;
  country: string | null;
  latitude: number | null;
  longitude: number | null;
}

export type LocationPatch = Partial<Omit<Location, "locationId">>;
/** Without a priority the new one comes last. */
export type NewLocation = Omit<Location, "priority"> & { priority?: number };

const { createdAtMs: _, closedAtMs: __, ...wireColumns } = getTableColumns(locations);

/** By priority, then by id. */
export async function listLocations(binding: D1Database): Promise<Location[]> {
  const book = primaryBook(binding);
  return bounded(
    binding,
    book.select(wireColumns).from(locations).orderBy(asc(locations.priority), asc(locations.locationId)),
  );
}

/** undefined: there is one of that id, and nothing was written. */
export async function insertLocation(
  binding: D1Database,
  wanted: NewLocation,
  now: number,
): Promise<Location | undefined> {
  const last = sql<number>`(SELECT coalesce(max(priority), -1) + 1 FROM locations)`;
  const [row] = await bounded(binding, () =>
    primaryBook(binding)
      .insert(locations)
      .values({ ...wanted, priority: wanted.priority ?? last, createdAtMs: now })
      .onConflictDoNothing()
      .returning(wireColumns),
  );
  return row;
}

export async function findLocation(binding: D1Database, locationId: string): Promise<Location | undefined> {
  const book = primaryBook(binding);
  const [row] = await bounded(
    binding,
    book.select(wireColumns).from(locations).where(eq(locations.locationId, locationId)),
  );
  return row;
}

/** undefined: there is no such location. */
export async function updateLocation(
  binding: D1Database,
  locationId: string,
  patch: LocationPatch,
): Promise<Location | undefined> {
  if (Object.keys(patch).length === 0) return findLocation(binding, locationId);
  const book = primaryBook(binding);
  const here = eq(locations.locationId, locationId);
  const [row] = await bounded(binding, () =>
    book.update(locations).set(patch).where(here).returning(wireColumns),
  );
  return row;
}

export type Removal = "removed" | "not_found" | "last" | { usedBy: string };

/** Looks and deletes in one transaction, so that of two that delete the last two locations one is refused. */
export async function removeLocation(binding: D1Database, locationId: string): Promise<Removal> {
  const book = primaryBook(binding);
  const here = eq(locations.locationId, locationId);
  const usesIt = sql`EXISTS (SELECT 1 FROM json_each(${products.levels}) AS level
    WHERE level.value ->> 'locationId' = ${locationId})`;
  const user = book
    .select({ productId: products.productId })
    .from(products)
    .where(and(eq(products.deleted, false), usesIt))
    .limit(1);
  const other = book
    .select({ locationId: locations.locationId })
    .from(locations)
    .where(ne(locations.locationId, locationId))
    .limit(1);
  const [removed, users, others, left] = await bounded(binding, () =>
    book.batch([
      book
        .delete(locations)
        .where(and(here, sql`NOT EXISTS ${user}`, sql`EXISTS ${other}`))
        .returning(wireColumns),
      user,
      other,
      book.select(wireColumns).from(locations).where(here),
    ]),
  );
  if (removed.length > 0) return "removed";
  if (left.length === 0) return "not_found";
  const [usedBy] = users;
  if (usedBy) return { usedBy: usedBy.productId };
  return others.length === 0 ? "last" : "not_found";
}
