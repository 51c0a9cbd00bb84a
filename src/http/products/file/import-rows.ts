/** The rows of an upload, whatever its form. A row that cannot be read does not end it. */
import Papa from "papaparse";
import { MAX_IMPORT_ROW_BYTES, MAX_IMPORT_ROW_DEPTH, MAX_IMPORT_ROWS } from "../../../limits";
import { badField, invalid, ProblemError, type FieldError } from "../../problem";
import { elementsOf } from "./array-elements";
import { isColumn, readCells } from "./csv";
import { csvCutter, lineCutter, recordsOf, type RecordFault, type RecordText } from "./records";
import type { Upload } from "./upload";

export const IMPORT_TYPES = ["application/x-ndjson", "text/csv", "application/json"] as const;
export type ImportType = (typeof IMPORT_TYPES)[number];

export type ImportRow = { value: unknown } | { error: FieldError };
export type ImportRows = AsyncGenerator<ImportRow, void>;

/**
 * Throws a problem when the upload as a whole cannot be read: unknown columns, no JSON array. What is found later, its rows
 * throw: too large, too many rows, an array that breaks off.
 */
export async function openRows(body: Upload, type: ImportType): Promise<ImportRows> {
  if (type === "application/json") return begun(rowsOf(elementsOf(body), jsonRow));
  if (type !== "text/csv") return rowsOf(recordsOf(body, lineCutter()), jsonRow);
  const records = recordsOf(body, csvCutter());
  const head = await records.next();
  const columns = head.done ? [] : columnsOf(head.value);
  return rowsOf(records, (text) => csvRow(text, columns));
}

async function* rowsOf(
  records: AsyncGenerator<RecordText, void>,
  read: (text: string) => ImportRow,
): ImportRows {
  let count = 0;
  for await (const record of records) {
    count += 1;
    if (count > MAX_IMPORT_ROWS) throw badField("body", "too_many_rows", TOO_MANY);
    yield "fault" in record ? unreadable(record.fault, FAULTS[record.fault]) : read(record.text);
  }
}

const TOO_MANY = `has more than ${MAX_IMPORT_ROWS} rows: from this one on nothing was read`;

/** Rejects with what is wrong before the first row: then the answer has not begun. */
async function begun(rows: ImportRows): Promise<ImportRows> {
  const first = await rows.next();
  return first.done ? rows : withFirst(first.value, rows);
}

async function* withFirst(first: ImportRow, rows: ImportRows): ImportRows {
  yield first;
  yield* rows;
}

function jsonRow(text: string): ImportRow {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return unreadable("malformed_json", "is not valid JSON");
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
  if (fault !== undefined) return unreadable("malformed_csv", fault);
  if (cells.length === columns.length) return { value: readCells(cells, columns) };
  return unreadable("malformed_csv", `has ${cells.length} cells where the head has ${columns.length}`);
}

function parseRecord(text: string): { cells: string[]; fault?: string } {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: ",", newline: "\n" });
  const [fault] = errors;
  return { cells: data[0] ?? [], ...(fault && { fault: fault.message }) };
}

const FAULTS: Record<RecordFault, string> = {
  too_long: `is longer than ${MAX_IMPORT_ROW_BYTES} bytes`,
  too_deep: `is nested deeper than ${MAX_IMPORT_ROW_DEPTH} levels`,
  not_utf8: "is not UTF-8",
};

function unreadable(code: string, message: string): ImportRow {
  return { error: { path: "row", code, message } };
}
