/**
 * The columns of a catalog's CSV, the same for export and import: how a product fills them and what is read
 * out of them.
 */
import type { CatalogFields } from "../../../domain/product";
import { ATTRIBUTE_NAME } from "../schemas";
import { attributeCell, guardCell, readAttribute, unguardCell } from "./csv-cells";

const ATTRIBUTE = "attributes.";
const TAG_SEPARATOR = "|";

type Line = CatalogFields & { productId: string };

/** In the order in which an export writes them. */
const WRITERS: Record<string, (line: Line) => string | number | null | undefined> = {
  productId: (line) => line.productId,
  name: (line) => line.name,
  kind: (line) => line.kind,
  status: (line) => line.status,
  description: (line) => line.description,
  barcode: (line) => line.barcode,
  imageUrl: (line) => line.imageUrl,
  tags: (line) => line.tags.join(TAG_SEPARATOR),
  "price.amount": (line) => line.price?.amount,
  "price.currency": (line) => line.price?.currency,
  minimumStockLevel: (line) => line.minimumStockLevel,
  maximumStockLevel: (line) => line.maximumStockLevel,
  maxPerCustomer: (line) => line.maxPerCustomer,
  "source.name": (line) => line.source?.name,
  "source.externalId": (line) => line.source?.externalId,
};

const WHOLE_NUMBERS = new Set(["minimumStockLevel", "maximumStockLevel", "maxPerCustomer"]);

export function columnsFor(attributeNames: readonly string[]): string[] {
  return [...Object.keys(WRITERS), ...attributeNames.map((name) => ATTRIBUTE + name)];
}

export function isColumn(column: string): boolean {
  if (column.startsWith(ATTRIBUTE)) return ATTRIBUTE_NAME.test(column.slice(ATTRIBUTE.length));
  return Object.hasOwn(WRITERS, column);
}

export function cellsOf(line: Line, columns: readonly string[]): string[] {
  return columns.map((column) => guardCell(cellText(line, column)));
}

function cellText(line: Line, column: string): string {
  const write = WRITERS[column];
  if (write) return String(write(line) ?? "");
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
