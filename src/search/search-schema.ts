/**
 * The search index: a D1 of its own, made from the book by the indexer, which alone writes it. It holds nothing that the book
 * has not, so it has no migrations: when this schema changes, its number is raised, and the index is rebuilt.
 */
import { integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { BookUnavailable } from "../d1/book";
import { D1_TIMEOUT_MS } from "../limits";
import { INDEX_STATE_MS } from "../limits/search";
import { withTimeout } from "../timeout";

export const SEARCH_SCHEMA = 1;

/** A product as it is looked for; what is shown of it is read from the book. */
export const documents = sqliteTable("documents", {
  /** Rises with every product that is new to the index, and stays. */
  document: integer("document").primaryKey(),
  productId: text("product_id").notNull().unique(),
  /** The version at which its catalog entry or availability last changed. */
  version: integer("version").notNull(),
  /** The number of the building that last saw it. */
  build: integer("build").notNull(),
  name: text("name").notNull(),
  /** The words of the name, each between spaces. */
  words: text("words").notNull(),
  /** All words that it can be found by, each between spaces. */
  allWords: text("all_words").notNull(),
  kind: text("kind").notNull(),
  status: text("status").notNull(),
  availability: text("availability").notNull(),
  /** JSON array of strings. */
  tags: text("tags").notNull(),
  /** JSON object of strings, numbers and booleans. */
  attributes: text("attributes").notNull(),
  priceValue: real("price_value"),
  createdAtMs: integer("created_at_ms").notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
});

/**
 * `entries`: the words of the name, all other words, and a term for each value that is filtered by, under the document's
 * number. `vocabulary`: every word there is. `about`: one row.
 */
export const CREATE_INDEX = [
  "DROP TABLE IF EXISTS vocabulary",
  "DROP TABLE IF EXISTS entries",
  "DROP TABLE IF EXISTS documents",
  "DROP TABLE IF EXISTS about",
  `CREATE TABLE documents (
    document INTEGER PRIMARY KEY,
    product_id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    build INTEGER NOT NULL,
    name TEXT NOT NULL,
    words TEXT NOT NULL,
    all_words TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    availability TEXT NOT NULL,
    tags TEXT NOT NULL,
    attributes TEXT NOT NULL,
    price_value REAL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
  ) STRICT`,
  "CREATE INDEX documents_name ON documents (name, product_id)",
  "CREATE INDEX documents_price ON documents (price_value, product_id)",
  "CREATE INDEX documents_created ON documents (created_at_ms, product_id)",
  `CREATE VIRTUAL TABLE entries USING fts5(name, other, terms, content = '', contentless_delete = 1,
    detail = 'column', tokenize = 'unicode61 remove_diacritics 0')`,
  "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(entries, 'col')",
  "CREATE TABLE about (schema INTEGER NOT NULL, complete INTEGER NOT NULL) STRICT",
  `INSERT INTO about VALUES (${SEARCH_SCHEMA}, 0)`,
];

/** The index failed, is not there, or did not answer in time. What does not search for words goes on with the book. */
export class SearchUnavailable extends BookUnavailable {}

/** It was never made, or has been dropped. */
class SearchAbsent extends SearchUnavailable {
  constructor() {
    super(new Error("there is no search index"));
  }
}

/** Throws `SearchUnavailable`. */
export async function inTime<T>(query: Promise<T>): Promise<T> {
  try {
    return await withTimeout(query, D1_TIMEOUT_MS, "the search index");
  } catch (error) {
    throw new SearchUnavailable(error);
  }
}

/** Whether the index is of this schema, and has every product of the book. Throws `SearchUnavailable`. */
export async function indexState(binding: D1Database): Promise<"absent" | "incomplete" | "complete"> {
  const query = binding.prepare("SELECT schema, complete FROM about");
  const about = await inTime(query.first<{ schema: number; complete: number }>().catch(noneYet));
  if (about?.schema !== SEARCH_SCHEMA) return "absent";
  return about.complete === 1 ? "complete" : "incomplete";
}

/** When each was last seen to be complete. */
const completeAt = new WeakMap<D1Database, number>();

/** Throws `SearchUnavailable` while the index is being made. */
export async function requireComplete(binding: D1Database): Promise<void> {
  const now = Date.now();
  if (now - (completeAt.get(binding) ?? 0) < INDEX_STATE_MS) return;
  const state = await indexState(binding);
  if (state === "absent") throw new SearchAbsent();
  if (state === "incomplete") throw new SearchUnavailable(new Error("the search index is being made"));
  completeAt.set(binding, now);
}

function noneYet(error: unknown): null {
  if (isNoTable(error)) return null;
  throw error;
}

/** The index was never made, or has been dropped. */
export function isNoTable(error: unknown): boolean {
  if (error instanceof SearchAbsent) return true;
  const cause = error instanceof SearchUnavailable ? error.cause : error;
  const text = cause instanceof Error ? `${cause.message} ${String(cause.cause)}` : String(cause);
  return text.includes("no such table");
}
