/**
 * Products whose journal has an event that the book will never take, as the first release let them be: a
 * hold's metadata is nested deeper than SQLite's JSON may be once the event is around it.
 */
import { DatabaseSync } from "node:sqlite";
import { objectFiles } from "../recorded/state-files.ts";
import { numbered } from "./products.ts";

export const POISONED_IDS = numbered("POISON", 100);
export const HEALTHY_IDS = numbered("HEALTHY", 20);
export const STOCK = 1_000_000;
const MAX_DEPTH = 999;
/** What `poisonJournals` looks for: metadata that today's routes take. */
export const MARKED = { poison: true };
/** An object with arrays in it, as deep as the first release took it. */
export const DEEP_JSON = `{"poison":${"[".repeat(MAX_DEPTH - 1)}${"]".repeat(MAX_DEPTH - 1)}}`;

/**
 * While the server is down: the marked holds get the deep metadata, in their row and in their event. Answers
 * how many journals have it now.
 */
export function poisonJournals(state: string): number {
  const marked = JSON.stringify(MARKED);
  const wanted = new Set(POISONED_IDS);
  let poisoned = 0;
  for (const { class: className, name, file } of objectFiles(state)) {
    if (className !== "ProductObject" || !wanted.has(name)) continue;
    using database = new DatabaseSync(file);
    database.prepare("UPDATE reservations SET metadata = ? WHERE metadata = ?").run(DEEP_JSON, marked);
    const { changes } = database
      .prepare("UPDATE journal SET events = replace(events, ?, ?) WHERE instr(events, ?) > 0")
      .run(`"metadata":${marked}`, `"metadata":${DEEP_JSON}`, `"metadata":${marked}`);
    poisoned += Number(changes);
  }
  return poisoned;
}
