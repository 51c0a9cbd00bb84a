/**
 * Products whose journal has an event that the book will never take, as the first release let them be: a hold's
 * metadata is nested deeper than SQLite's JSON may be once the event is around it.
 */
import { DatabaseSync } from "node:sqlite";
import { objectFiles } from "../recorded/state-files.mjs";

const ids = (stem, count) => Array.from({ length: count }, (_, index) => `${stem}-${index}`);

export const POISONED_IDS = ids("POISON", 100);
export const HEALTHY_IDS = ids("HEALTHY", 20);
export const STOCK = 1_000_000;
export const MAX_DEPTH = 999;
/** What `poisonJournals` looks for: metadata that today's door takes. */
export const MARKED = { poison: true };

/** An object with arrays in it. @param {number} depth @returns {string} */
export function deepJson(depth) {
  return `{"poison":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
}

/**
 * While the server is down: the marked holds get the deep metadata, in their row and in their event.
 * @param {string} state @returns {number} how many journals have it now
 */
export function poisonJournals(state) {
  const [marked, deep] = [JSON.stringify(MARKED), deepJson(MAX_DEPTH)];
  const wanted = new Set(POISONED_IDS);
  let poisoned = 0;
  for (const { class: className, name, file } of objectFiles(state)) {
    if (className !== "ProductObject" || !wanted.has(name)) continue;
    const database = new DatabaseSync(file);
    database.prepare("UPDATE reservations SET metadata = ? WHERE metadata = ?").run(deep, marked);
    const { changes } = database
      .prepare("UPDATE journal SET events = replace(events, ?, ?) WHERE instr(events, ?) > 0")
      .run(`"metadata":${marked}`, `"metadata":${deep}`, `"metadata":${marked}`);
    poisoned += Number(changes);
    database.close();
  }
  return poisoned;
}
