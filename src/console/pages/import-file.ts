/**
 * A file of products as the service reads it, row by row: what a preview shows, and which text a row has that was refused. Rows
 * are cut here by the same rules as there, so that their numbers agree.
 */

export type Format = "csv" | "ndjson" | "json";

export const FORMAT_WORDS: Record<Format, string> = {
  csv: "CSV",
  ndjson: "NDJSON, an object a line",
  json: "JSON, an array of objects",
};

const TYPES: Record<Format, string> = {
  csv: "text/csv",
  ndjson: "application/x-ndjson",
  json: "application/json",
};

export const MAX_FILE_BYTES = 25 * 1024 * 1024;
export const PREVIEW_ROWS = 5;

export interface FileRow {
  /** From 1, in the file; undefined: an element of an array, which has none of its own. */
  line: number | undefined;
  text: string;
}

export interface ImportFile {
  format: Format;
  rows: FileRow[];
  /** Of a CSV. */
  head: string | undefined;
  /** The whole is not of this format; the service would refuse it. */
  fault: string | undefined;
}

/** By how it begins: names of files say less. */
export function formatOf(text: string): Format {
  switch (/\S/.exec(text)?.[0]) {
    case "[":
      return "json";
    case "{":
      return "ndjson";
    default:
      return "csv";
  }
}

export function readImport(text: string, format: Format): ImportFile {
  if (format === "json") return readArray(text);
  const lines = format === "csv" ? csvRecords(text) : lineRecords(text);
  if (format === "ndjson") return { format, rows: lines, head: undefined, fault: undefined };
  const [head, ...rows] = lines;
  return { format, rows, head: head?.text, fault: head ? undefined : "The file is empty." };
}

function readArray(text: string): ImportFile {
  const broken = (fault: string): ImportFile => ({ format: "json", rows: [], head: undefined, fault });
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value)) return broken("It is JSON, and no array of products.");
    const rows = value.map((element: unknown) => ({ line: undefined, text: JSON.stringify(element) }));
    return { format: "json", rows, head: undefined, fault: undefined };
  } catch (error) {
    return broken(`It is no JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function lineRecords(text: string): FileRow[] {
  return text.split("\n").flatMap((line, index) => {
    const isBlank = line.trim() === "";
    return isBlank ? [] : [{ line: index + 1, text: withoutReturn(line) }];
  });
}

/** A line end within quotes is its cell's. Quotes only count where a cell begins with one (RFC 4180). Blank lines are no rows. */
function csvRecords(text: string): FileRow[] {
  const records: FileRow[] = [];
  let line = 1;
  let from = 0;
  let fromLine = 1;
  let isQuoted = false;
  let isCellStart = true;
  const close = (end: number) => {
    const record = text.slice(from, end);
    if (record.trim() !== "") records.push({ line: fromLine, text: withoutReturn(record) });
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === "\n") line += 1;
    if (letter === '"' && (isQuoted || isCellStart)) {
      // A doubled quote closes and at once opens again, which comes to the same.
      isQuoted = !isQuoted;
      isCellStart = !isQuoted;
    } else if (!isQuoted && letter === "\n") {
      close(at);
      from = at + 1;
      fromLine = line;
      isCellStart = true;
    } else if (!isQuoted) isCellStart = letter === ",";
  }
  close(text.length);
  return records;
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

export interface Preview {
  columns: string[];
  rows: string[][];
}

/** The first rows, in columns. A row that cannot be read is shown as it is. */
export function previewOf({ format, head, rows }: ImportFile): Preview {
  const first = rows.slice(0, PREVIEW_ROWS);
  if (format === "csv") {
    const columns = cellsOf(head ?? "").map((cell) => cell.trim());
    return { columns, rows: first.map(({ text }) => cellsOf(text)) };
  }
  const parsed = first.map(({ text }) => recordIn(text) ?? { "(not an object)": text });
  const columns = [...new Set(parsed.flatMap((record) => Object.keys(record)))];
  return { columns, rows: parsed.map((record) => columns.map((column) => shownCell(record[column]))) };
}

/** Of one record of a CSV. */
export function cellsOf(record: string): string[] {
  const cells = record.matchAll(/(?:"((?:[^"]|"")*)"?|([^,]*))(?:,|$)/g);
  const all = [...cells].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
  // What matches after the last cell is the end, and no cell.
  return record.endsWith(",") ? all : all.slice(0, -1);
}

function recordIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function shownCell(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** These rows alone, as a file that can be mended and imported again. Rows count from 1. */
export function fileOfRows({ format, head, rows }: ImportFile, wanted: readonly number[]): Blob {
  const texts = wanted.flatMap((row) => rows[row - 1]?.text ?? []);
  const text =
    format === "json"
      ? `[\n${texts.join(",\n")}\n]\n`
      : [...(head === undefined ? [] : [head]), ...texts].map((line) => `${line}\n`).join("");
  return new Blob([text], { type: TYPES[format] });
}

/** `sets.csv`: `sets-refused.csv`. */
export function refusedName(fileName: string, format: Format): string {
  const [, name = fileName, extension = format] = /^(.*)\.(\w+)$/.exec(fileName) ?? [];
  return `${name}-refused.${extension}`;
}

/** What is wrong with a row, in one line. */
export function reasonOf(error: { detail: string; errors?: unknown } | undefined): string {
  if (!error) return "";
  const faults = Array.isArray(error.errors) ? error.errors.flatMap(shownFault) : [];
  return faults.length > 0 ? faults.join("; ") : error.detail;
}

function shownFault(fault: unknown): string[] {
  if (typeof fault !== "object" || fault === null || !("path" in fault) || !("message" in fault)) return [];
  const { path, message } = fault;
  if (typeof path !== "string" || typeof message !== "string") return [];
  const field = path.replace(/^row\.?/, "");
  return [field === "" ? `The row ${message}` : `${field} ${message}`];
}
