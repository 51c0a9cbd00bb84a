/**
 * Where `wrangler dev --persist-to` keeps its data: the book, the objects and KV as sqlite files. Only for
 * while no server runs on them, except where a lock is what is wanted.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

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

export function bookFile(state: string): string {
  return oneDatabase(state, "v3/d1/*/*.sqlite");
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
