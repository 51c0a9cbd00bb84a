/**
 * The rows of an upload, one after the other, whatever its form. A row that cannot be read is told and does
 * not end it.
 */
import Papa from "papaparse";
import { MAX_IMPORT_ROW_BYTES } from "../../limits";
import { parseJson } from "../middleware/body";
import { invalid, ProblemError, type FieldError } from "../problem";
import { isColumn, readCells } from "./csv-columns";
import { counted } from "./upload";
import { csvCutter, lineCutter, recordsOf, type RecordText } from "./records";

export const IMPORT_TYPES = ["application/x-ndjson", "text/csv", "application/json"] as const;
export type ImportType = (typeof IMPORT_TYPES)[number];

export type ImportRow = { value: unknown } | { error: FieldError };
export type ImportRows = AsyncGenerator<ImportRow, void>;

/** Throws a problem when the upload as a whole cannot be read: too large, no JSON array, unknown columns. */
export async function openRows(body: ReadableStream<Uint8Array>, type: ImportType): Promise<ImportRows> {
  if (type === "application/json") return elementsOf(body);
  return type === "text/csv"
    ? csvRows(recordsOf(body, csvCutter()))
    : ndjsonRows(recordsOf(body, lineCutter()));
}

async function elementsOf(body: ReadableStream<Uint8Array>): Promise<ImportRows> {
  const value = parseJson(await wholeText(body));
  if (Array.isArray(value)) return each(value);
  throw new ProblemError(
    invalid([{ path: "body", code: "invalid_type", message: "must be an array of products" }]),
  );
}

/** Throws a problem: 413, or 400 for what is not UTF-8. */
async function wholeText(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let text = "";
  try {
    for await (const chunk of counted(body)) text += decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw notUtf8();
    throw error;
  }
}

function notUtf8(): ProblemError {
  return new ProblemError({ code: "malformed_json", detail: "The body is not UTF-8." });
}

async function* each(values: readonly unknown[]): ImportRows {
  for (const value of values) yield { value };
}

async function* ndjsonRows(records: AsyncGenerator<RecordText>): ImportRows {
  for await (const record of records) {
    if ("fault" in record) yield faulty(record.fault);
    else yield ndjsonRow(record.text);
  }
}

function ndjsonRow(line: string): ImportRow {
  try {
    return { value: JSON.parse(line) };
  } catch {
    return { error: { path: "row", code: "malformed_json", message: "is not valid JSON" } };
  }
}

async function csvRows(records: AsyncGenerator<RecordText>): Promise<ImportRows> {
  const head = await records.next();
  return dataRows(records, head.done ? [] : columnsOf(head.value));
}

async function* dataRows(records: AsyncGenerator<RecordText>, columns: readonly string[]): ImportRows {
  for await (const record of records) {
    if ("fault" in record) yield faulty(record.fault);
    else yield csvRow(record.text, columns);
  }
}

function columnsOf(head: RecordText): string[] {
  const columns = "fault" in head ? [] : parseRecord(head.text).cells.map((cell) => cell.trim());
  const errors = columns.flatMap((column, index): FieldError[] => {
    if (columns.indexOf(column) !== index)
      return [bad(column, "repeated_column", "stands twice in the head")];
    return isColumn(column) ? [] : [bad(column, "unknown_column", "is no column of a catalog")];
  });
  if (!columns.includes("productId"))
    errors.push(bad("productId", "missing_column", "is missing in the head"));
  if (errors.length > 0) throw new ProblemError(invalid(errors));
  return columns;
}

function bad(column: string, code: string, message: string): FieldError {
  return { path: `body.${column}`, code, message };
}

function csvRow(text: string, columns: readonly string[]): ImportRow {
  const { cells, fault } = parseRecord(text);
  if (fault !== undefined) return { error: { path: "row", code: "malformed_csv", message: fault } };
  if (cells.length === columns.length) return { value: readCells(cells, columns) };
  const message = `has ${cells.length} cells where the head has ${columns.length}`;
  return { error: { path: "row", code: "malformed_csv", message } };
}

function parseRecord(text: string): { cells: string[]; fault?: string } {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: ",", newline: "\n" });
  const [fault] = errors;
  return { cells: data[0] ?? [], ...(fault && { fault: fault.message }) };
}

function faulty(fault: "too_long" | "not_utf8"): ImportRow {
  const message = fault === "too_long" ? `is longer than ${MAX_IMPORT_ROW_BYTES} bytes` : "is not UTF-8";
  return { error: { path: "row", code: fault, message } };
}
