/**
 * A catalog's CSV, for export and import: how its columns are filled and how they are read. Cells are written so that a
 * spreadsheet runs none of them as a formula and an import reads back exactly what was written: an apostrophe goes before
 * what a spreadsheet would run, and before a cell that begins with one itself.
 */
import { catalogSchema, type AttributeValue, type CatalogFields } from "../../../domain/product";
import { ATTRIBUTE_NAME } from "../schemas";

const ATTRIBUTE = "attributes.";
const TAG_SEPARATOR = "|";

type Line = CatalogFields & { productId: string };

const PARTS: Record<string, (line: Line) => string | undefined> = {
  productId: (line) => line.productId,
  tags: (line) => line.tags.join(TAG_SEPARATOR),
  "price.amount": (line) => line.price?.amount,
  "price.currency": (line) => line.price?.currency,
  "source.name": (line) => line.source?.name,
  "source.externalId": (line) => line.source?.externalId,
};

/** In the order in which an export writes them, before any others. */
const FIRST =
  "productId name kind status description barcode imageUrl tags price.amount price.currency minimumStockLevel " +
  "maximumStockLevel maxPerCustomer source.name source.externalId";
const { attributes: _, price: __, source: ___, ...plainFields } = catalogSchema.shape;
const COLUMNS = new Set([...FIRST.split(" "), ...Object.keys(plainFields)]);

const WHOLE_NUMBERS = new Set(
  Object.entries(plainFields).flatMap(([name, schema]) => (schema.safeParse(1).success ? [name] : [])),
);

export function columnsFor(attributeNames: readonly string[]): string[] {
  return [...COLUMNS, ...attributeNames.map((name) => ATTRIBUTE + name)];
}

export function isColumn(column: string): boolean {
  if (column.startsWith(ATTRIBUTE)) return ATTRIBUTE_NAME.test(column.slice(ATTRIBUTE.length));
  return COLUMNS.has(column);
}

export function cellsOf(line: Line, columns: readonly string[]): string[] {
  return columns.map((column) => guardCell(cellText(line, column)));
}

function cellText(line: Line, column: string): string {
  const part = PARTS[column];
  if (COLUMNS.has(column)) return String((part ? part(line) : Reflect.get(line, column)) ?? "");
  const value = line.attributes[column.slice(ATTRIBUTE.length)];
  return value === undefined ? "" : attributeCell(value);
}

/** What a row says, still to be validated. An empty cell says nothing. */
export function readCells(cells: readonly string[], columns: readonly string[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  columns.forEach((column, index) => {
    const text = unguardCell(cells[index] ?? "");
    if (text !== "") put(row, column, text);
  });
  return row;
}

function put(row: Record<string, unknown>, column: string, text: string): void {
  if (column.startsWith(ATTRIBUTE)) {
    putPart(row, "attributes", { [column.slice(ATTRIBUTE.length)]: readAttribute(text) });
    return;
  }
  const [field = column, part] = column.split(".");
  if (part !== undefined) putPart(row, field, { [part]: text });
  else if (field === "tags") row[field] = text.split(TAG_SEPARATOR);
  else row[field] = WHOLE_NUMBERS.has(field) && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

function putPart(row: Record<string, unknown>, field: string, part: object): void {
  const before = row[field];
  row[field] = typeof before === "object" ? { ...before, ...part } : part;
}

const DANGEROUS = /^[=+\-@\t\r']/;
const GUARDED = /^'[=+\-@\t\r']/;

export function guardCell(text: string): string {
  return DANGEROUS.test(text) ? `'${text}` : text;
}

export function unguardCell(cell: string): string {
  return GUARDED.test(cell) ? cell.slice(1) : cell;
}

/** A text that would be read back as something else stands in quotes of its own, as JSON. */
export function attributeCell(value: AttributeValue): string {
  if (typeof value !== "string") return String(value);
  const plain = value !== "" && !value.startsWith('"') && readAttribute(value) === value;
  return plain ? value : JSON.stringify(value);
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Numbers and true / false are read as such; digits that a number cannot hold exactly stay text. */
export function readAttribute(cell: string): AttributeValue {
  if (cell === "true" || cell === "false") return cell === "true";
  if (cell.startsWith('"')) return quotedText(cell);
  if (!NUMBER.test(cell)) return cell;
  const number = Number(cell);
  const exact = Number.isInteger(number) ? Number.isSafeInteger(number) : Number.isFinite(number);
  return exact ? number : cell;
}

function quotedText(cell: string): string {
  try {
    const value: unknown = JSON.parse(cell);
    if (typeof value === "string") return value;
  } catch {
    // A text that merely begins with a quote.
  }
  return cell;
}
