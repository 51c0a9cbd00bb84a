/** A file of products, whatever its form, as the parts of one import call. */
import { readFileSync } from "node:fs";
import Papa from "papaparse";
import { ndjsonLines } from "./import-call.mjs";
import { isSetsHeader, parseCsv, readThemes, setToProduct } from "./rebrickable.mjs";

const UPLOAD_CHARS = 64 * 1024;

/**
 * Read as a whole, since a call takes at most 25 MiB, and since a bar needs to know how many rows there are.
 * @param {string} file @param {string} [themesFile] Rebrickable's themes.csv, for a file like its sets.csv
 * @returns {{ contentType: string, rows: number, parts: Iterable<string>, note?: string }}
 */
export function readProductFile(file, themesFile) {
  const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  const form = formOf(file, text);
  if (form === "json")
    return { contentType: "application/json", rows: JSON.parse(text).length, parts: slices(text) };
  if (form === "ndjson") {
    const rows = text.split("\n").filter((line) => line.trim() !== "").length;
    return { contentType: "application/x-ndjson", rows, parts: slices(text) };
  }
  if (!isSetsHeader(firstLine(text))) {
    const rows = Papa.parse(text, { skipEmptyLines: true }).data.length - 1;
    return { contentType: "text/csv", rows, parts: slices(text) };
  }
  const themes = readThemes(themesFile ? readFileSync(themesFile, "utf8") : "id,name,parent_id\n");
  const sets = parseCsv(text);
  const products = sets.values().map((row) => setToProduct(row, themes));
  return {
    contentType: "application/x-ndjson",
    rows: sets.length,
    parts: ndjsonLines(products),
    ...(themesFile ? {} : { note: "No themes.csv: themes go in by their numbers, such as Theme 158." }),
  };
}

/** By its extension; without a known one, by how it begins. */
function formOf(file, text) {
  if (/\.csv$/i.test(file)) return "csv";
  if (/\.(ndjson|jsonl)$/i.test(file)) return "ndjson";
  const start = text.trimStart()[0];
  if (start === "[") return "json";
  return start === "{" ? "ndjson" : "csv";
}

function firstLine(text) {
  return text.slice(0, text.search(/\r?\n|$/));
}

function* slices(text) {
  for (let at = 0; at < text.length; at += UPLOAD_CHARS) yield text.slice(at, at + UPLOAD_CHARS);
}
