/**
 * Cells of a catalog's CSV, written so that a spreadsheet runs none of them as a formula and an import reads
 * back exactly what was written. An apostrophe goes before what a spreadsheet would run, and before a cell
 * that begins with one itself.
 */
import type { AttributeValue } from "../../../domain/product";

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
