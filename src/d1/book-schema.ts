/**
 * Whether the book has the tables that this code was built for. On others it must not be asked: SQLite takes
 * the quoted name of a column that it does not know for a text, and answers that.
 */
import { BOOK_SCHEMA_RECHECK_MS } from "../limits";
import { logError } from "../telemetry/log";

/** The last file of migrations/. */
export const NEWEST_MIGRATION = "0010_seldom_events.sql";

/** Heals by itself once the book is migrated. */
export class BookNotMigrated extends Error {
  constructor() {
    super(`the book is not migrated: ${NEWEST_MIGRATION} has not been applied to it`);
  }
}

export type BookSchema = "current" | "not_migrated" | "unknown";

/** Results only: no request may wait for what another one has begun. */
const lastLooks = new WeakMap<D1Database, { schema: BookSchema; at: number }>();

/** What was seen last; undefined: nobody has looked yet. Asks nothing. */
export function seenBookSchema(binding: D1Database): BookSchema | undefined {
  return lastLooks.get(binding)?.schema;
}

/** Throws `BookNotMigrated`, or as D1 does while it has never been seen to be current. */
export async function requireBookSchema(binding: D1Database): Promise<void> {
  const last = lastLooks.get(binding);
  if (last?.schema === "current") return;
  const isFresh = last !== undefined && Date.now() - last.at < BOOK_SCHEMA_RECHECK_MS;
  const schema = isFresh && last.schema === "not_migrated" ? last.schema : await look(binding);
  if (schema !== "current") throw new BookNotMigrated();
}

async function look(binding: D1Database): Promise<BookSchema> {
  const before = seenBookSchema(binding) ?? "unknown";
  // Whoever comes meanwhile goes by what was seen before.
  lastLooks.set(binding, { schema: before, at: Date.now() });
  const schema = (await isApplied(binding)) ? "current" : "not_migrated";
  if (schema !== before && schema === "not_migrated") logError("book not migrated", new BookNotMigrated());
  lastLooks.set(binding, { schema, at: Date.now() });
  return schema;
}

async function isApplied(binding: D1Database): Promise<boolean> {
  try {
    const query = binding.prepare("SELECT 1 FROM d1_migrations WHERE name = ?").bind(NEWEST_MIGRATION);
    return (await query.first()) !== null;
  } catch (error) {
    // A database that was never migrated has no such table.
    if (error instanceof Error && error.message.includes("no such table")) return false;
    throw error;
  }
}
