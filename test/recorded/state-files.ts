/**
 * Where `wrangler dev --persist-to` keeps its data: the book, the objects and KV as sqlite files. Only the
 * book is touched while a server runs on it.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const BUSY_TIMEOUT_MS = 5000;

interface ObjectFile {
  class: string;
  name: string;
  file: string;
}

/** Every object that wrote. */
export function objectFiles(state: string): ObjectFile[] {
  return databases(state, "v3/do/holdfast-*/*.sqlite").map((file) => {
    using database = new DatabaseSync(file);
    const row = database.prepare("SELECT name FROM __miniflare_do_name").get();
    const [, className = ""] = /holdfast-(\w+)/.exec(file.slice(state.length)) ?? [];
    return { class: className, name: String(row?.["name"]), file };
  });
}

export function openBook(state: string): DatabaseSync {
  return new DatabaseSync(bookFile(state), { timeout: BUSY_TIMEOUT_MS });
}

/** Of the databases the one that is migrated: the search index is made without. */
export function bookFile(state: string): string {
  const [file, more] = databases(state, "v3/d1/*/*.sqlite").filter(isMigrated);
  if (file === undefined || more !== undefined) throw new Error(`wanted one book under ${state}`);
  return file;
}

export function searchFile(state: string): string {
  const [file, more] = databases(state, "v3/d1/*/*.sqlite").filter((one) => !isMigrated(one));
  if (file === undefined || more !== undefined) throw new Error(`wanted one search index under ${state}`);
  return file;
}

function isMigrated(file: string): boolean {
  using database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  const migrations = "SELECT 1 FROM sqlite_master WHERE name = 'd1_migrations'";
  return database.prepare(migrations).get() !== undefined;
}

/** From now on every insert of an event fails as D1 does when it is away. */
export function breakBook(state: string): void {
  using book = openBook(state);
  book.exec(`CREATE TRIGGER book_outage BEFORE INSERT ON events
    BEGIN SELECT RAISE(ABORT, 'Network connection lost.'); END`);
}

export function mendBook(state: string): void {
  using book = openBook(state);
  book.exec("DROP TRIGGER book_outage");
}

/** The index of KV's entries; their values are files beside it. */
export function kvFile(state: string): string {
  return oneDatabase(state, "v3/kv/miniflare-KVNamespaceObject/*.sqlite");
}

function oneDatabase(state: string, pattern: string): string {
  const [file, more] = databases(state, pattern);
  if (file === undefined || more !== undefined) throw new Error(`wanted one ${pattern} under ${state}`);
  return file;
}

function databases(state: string, pattern: string): string[] {
  const files = globSync(pattern, { cwd: state }).filter((file) => !file.endsWith("metadata.sqlite"));
  return files.toSorted().map((file) => join(state, file));
}
