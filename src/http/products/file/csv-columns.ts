/** The columns of a catalog's CSV, for export and import: how they are filled, and how they are read. */
import { catalogSchema, type CatalogFields } from "../../../domain/product";
import { ATTRIBUTE_NAME } from "../schemas";
import { attributeCell, guardCell, readAttribute, unguardCell } from "./csv-cells";

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
