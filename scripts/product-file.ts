/** A file of products, whatever its form, as one upload of the import route. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Papa from "papaparse";
import { ndjson, type Upload } from "./import-call.ts";
import { isSetsHeader, parseCsv, readThemes, setToProduct } from "./rebrickable.ts";

interface ProductFile extends Upload {
  rows: number;
  /** What the one who imports it should know. */
  note?: string;
}

/** `themesFile`: Rebrickable's themes.csv, for a file like its sets.csv. */
export function readProductFile(file: string, themesFile?: string): ProductFile {
  const body = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  const form = formOf(file, body);
  if (form === "json") {
    const products: unknown = JSON.parse(body);
    return { contentType: "application/json", rows: Array.isArray(products) ? products.length : 0, body };
  }
  if (form === "ndjson") {
    const rows = body.split("\n").filter((line) => line.trim() !== "").length;
    return { contentType: "application/x-ndjson", rows, body };
  }
  const [header = ""] = body.split(/\r?\n/, 1);
  if (!isSetsHeader(header)) {
    const rows = Papa.parse(body, { skipEmptyLines: true }).data.length - 1;
    return { contentType: "text/csv", rows, body };
  }
  const themes = readThemes(themesFile ? readFileSync(themesFile, "utf8") : "id,name,parent_id\n");
  const sets = parseCsv(body);
  return {
    ...ndjson(sets.map((row) => setToProduct(row, themes))),
    rows: sets.length,
    ...(themesFile ? {} : { note: "No themes.csv: themes go in by their numbers, such as Theme 158." }),
  };
}

export function themesBeside(file: string): string | undefined {
  const themes = join(dirname(file), "themes.csv");
  return existsSync(themes) ? themes : undefined;
}

/** By its extension; without a known one, by how it begins. */
function formOf(file: string, text: string): "csv" | "json" | "ndjson" {
  if (/\.csv$/i.test(file)) return "csv";
  if (/\.(ndjson|jsonl)$/i.test(file)) return "ndjson";
  const [start] = text.trimStart();
  if (start === "[") return "json";
  return start === "{" ? "ndjson" : "csv";
}
