/**
 * Where `wrangler dev --persist-to` keeps its data: the book, the objects and KV as sqlite files. Only for
 * while no server runs on them, except where a lock is what is wanted.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** @param {string} state @returns {{ class: string, name: string, file: string }[]} every object that wrote */
export function objectFiles(state) {
  return databases(state, "v3/do/holdfast-*/*.sqlite").map((file) => {
    const database = new DatabaseSync(file);
    const row = database.prepare("SELECT name FROM __miniflare_do_name").get();
    database.close();
    const [, className = ""] = /holdfast-(\w+)/.exec(file.slice(state.length)) ?? [];
    return { class: className, name: String(row?.["name"]), file };
  });
}

/** @param {string} state @returns {string} */
export function bookFile(state) {
  const [file, more] = databases(state, "v3/d1/*/*.sqlite");
  if (file === undefined || more !== undefined) throw new Error(`wanted one book under ${state}`);
  return file;
}

/** @param {string} state @returns {string} the index of KV's entries; their values are files beside it */
export function kvFile(state) {
  const [file, more] = databases(state, "v3/kv/miniflare-KVNamespaceObject/*.sqlite");
  if (file === undefined || more !== undefined) throw new Error(`wanted one KV under ${state}`);
  return file;
}

function databases(state, pattern) {
  const files = globSync(pattern, { cwd: state }).filter((file) => !file.endsWith("metadata.sqlite"));
  return files.toSorted().map((file) => join(state, file));
}
