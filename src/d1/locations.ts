/**
 * Locations: the one family of rows that its routes write themselves, since no product's object owns them.
 */
import { and, asc, eq, getTableColumns, isNull, lte, ne, or, sql } from "drizzle-orm";
import { LOCATION_CLOSED_MS, MAX_LOCATION_PRIORITY, MAX_PRODUCTS_NAMED } from "../limits";
import { readPrimary, writePrimary } from "./book";
import { locations, products } from "./schema";

export type Location = Omit<typeof locations.$inferSelect, "createdAtMs" | "closedAtMs">;

export type LocationPatch = Partial<Omit<Location, "locationId">>;
/** Without a priority the new one comes last. */
export type NewLocation = Omit<Location, "priority"> & { priority?: number };

const { createdAtMs: _, closedAtMs: __, ...wireColumns } = getTableColumns(locations);

/** By priority, then by id. */
export async function listLocations(binding: D1Database): Promise<Location[]> {
  const { priority, locationId } = locations;
  return readPrimary(binding, (book) =>
    book.select(wireColumns).from(locations).orderBy(asc(priority), asc(locationId)),
  );
}

/** undefined: there is one of that id, and nothing was written. */
export async function insertLocation(binding: D1Database, wanted: NewLocation, now: number) {
  const last = sql<number>`(SELECT min(coalesce(max(priority), -1) + 1, ${MAX_LOCATION_PRIORITY}) FROM locations)`;
  const [row] = await writePrimary(binding, (book) =>
    book
      .insert(locations)
      .values({ ...wanted, priority: wanted.priority ?? last, createdAtMs: now })
      .onConflictDoNothing()
      .returning(wireColumns),
  );
  return row;
}

export async function findLocation(binding: D1Database, locationId: string): Promise<Location | undefined> {
  const here = eq(locations.locationId, locationId);
  const [row] = await readPrimary(binding, (book) => book.select(wireColumns).from(locations).where(here));
  return row;
}

/** undefined: there is no such location. */
export async function updateLocation(binding: D1Database, locationId: string, patch: LocationPatch) {
  if (Object.keys(patch).length === 0) return findLocation(binding, locationId);
  const here = eq(locations.locationId, locationId);
  const [row] = await writePrimary(binding, (book) =>
    book.update(locations).set(patch).where(here).returning(wireColumns),
  );
  return row;
}

export type LocationIds = Awaited<ReturnType<typeof listLocationIds>>;

/** Every location there is at that time, by priority. `closed`: being deleted. */
export async function listLocationIds(binding: D1Database, now: number) {
  const { locationId, priority } = locations;
  const rows = await readPrimary(binding, (book) =>
    book
      .select({ locationId, isOpen: sql<number>`${isOpenAt(now)}` })
      .from(locations)
      .orderBy(asc(priority), asc(locationId)),
  );
  const [open, closed] = [rows.filter(({ isOpen }) => isOpen), rows.filter(({ isOpen }) => !isOpen)];
  return { open: open.map((row) => row.locationId), closed: closed.map((row) => row.locationId) };
}

function isOpenAt(now: number) {
  return or(isNull(locations.closedAtMs), lte(locations.closedAtMs, now - LOCATION_CLOSED_MS));
}

/** `closing`: it was closed before, by whoever is deleting it. `last`: there is no other that is open. */
export type Closing = "closed" | "closing" | "last" | "not_found";

/** The first step of deleting one: from `closedAtMs` on nothing new may arrive there. It opens again by itself after a while. */
export async function closeLocation(
  binding: D1Database,
  locationId: string,
  closedAtMs: number,
): Promise<Closing> {
  const here = eq(locations.locationId, locationId);
  const other = and(ne(locations.locationId, locationId), isOpenAt(closedAtMs));
  const anotherIsOpen = sql`EXISTS (SELECT 1 FROM ${locations} WHERE ${other})`;
  const [closed, [found]] = await writePrimary(binding, (book) =>
    book.batch([
      book
        .update(locations)
        .set({ closedAtMs })
        .where(and(here, isOpenAt(closedAtMs), anotherIsOpen))
        .returning({ locationId: locations.locationId }),
      book
        .select({ isOpen: sql<number>`${isOpenAt(closedAtMs)}` })
        .from(locations)
        .where(here),
    ]),
  );
  if (closed.length > 0) return "closed";
  if (!found) return "not_found";
  return found.isOpen ? "last" : "closing";
}

export type Removal = "removed" | "gone" | { usedBy: string[] };

/**
 * The last step: deletes what was closed at `closedAtMs`, or opens it again, in one transaction with the look at who uses it.
 * An empty level is no use. The products are read once, up to the first that uses it; if there is one, once more, up to the
 * last that is named. `gone`: it was not closed by this caller, or is no more.
 */
export async function removeClosed(
  binding: D1Database,
  locationId: string,
  closedAtMs: number,
): Promise<Removal> {
  const closed = closedAt(locationId, closedAtMs);
  // By the book's own clock: a step that lands late must not delete what is open again for everyone else.
  const inTime = sql`${locations.closedAtMs} > unixepoch('subsec') * 1000 - ${LOCATION_CLOSED_MS / 2}`;
  const usesIt = sql`EXISTS (SELECT 1 FROM json_each(${products.levels}) AS level
    WHERE level.value ->> 'locationId' = ${locationId}
      AND (level.value ->> 'onHand' <> 0 OR level.value ->> 'reserved' > 0 OR level.value ->> 'backorderLimit' > 0))`;
  // Most products are ruled out by their text, without parsing it.
  const namesIt = sql`instr(${products.levels}, ${JSON.stringify(locationId)}) > 0`;
  const live = and(eq(products.deleted, false), namesIt, usesIt);
  const isUnused = sql`NOT EXISTS (SELECT 1 FROM ${products} WHERE ${live})`;
  const [removed, users, opened] = await writePrimary(binding, (book) =>
    book.batch([
      book
        .delete(locations)
        .where(and(closed, inTime, isUnused))
        .returning({ locationId: locations.locationId }),
      // Led by the location, so that no product is read when it has just been deleted.
      book
        .select({ id: products.productId })
        .from(locations)
        .crossJoin(products)
        .where(and(closed, live))
        .orderBy(asc(products.productId))
        .limit(MAX_PRODUCTS_NAMED),
      book
        .update(locations)
        .set({ closedAtMs: null })
        .where(closed)
        .returning({ locationId: locations.locationId }),
    ]),
  );
  if (removed.length > 0) return "removed";
  return opened.length > 0 && users.length > 0 ? { usedBy: users.map(({ id }) => id) } : "gone";
}

/** For whoever closed it and cannot go on. */
export async function reopenLocation(binding: D1Database, locationId: string, closedAtMs: number) {
  const closed = closedAt(locationId, closedAtMs);
  await writePrimary(binding, (book) => book.update(locations).set({ closedAtMs: null }).where(closed));
}

function closedAt(locationId: string, closedAtMs: number) {
  return and(eq(locations.locationId, locationId), eq(locations.closedAtMs, closedAtMs));
}

const ADD_USED = `
  INSERT INTO locations (location_id, name, priority, created_at_ms)
  SELECT id, id, (SELECT COALESCE(MAX(priority), -1) FROM locations) + ROW_NUMBER() OVER (ORDER BY id), ?2
  FROM (
    SELECT DISTINCT level.value ->> 'locationId' AS id
    FROM json_each(?1) AS named CROSS JOIN products ON products.product_id = named.value
      CROSS JOIN json_each(products.levels) AS level
    WHERE products.deleted = 0)
  WHERE id NOT IN (SELECT location_id FROM locations)
  ON CONFLICT DO NOTHING`;

/** Places where these products have levels and that are not known: each under its id, behind all others. Answers how many. */
export async function addUsedLocations(
  binding: D1Database,
  productIds: readonly string[],
  now: number,
): Promise<number> {
  const add = () => binding.prepare(ADD_USED).bind(JSON.stringify(productIds), now).run();
  return (await writePrimary(binding, add)).meta.changes;
}
