/**
 * Stock codes as product ids, and back. Letters, digits, "." and "-" stand for themselves; every other UTF-8
 * byte becomes "_" and two hex digits (so does "_"). An id must begin with a letter or digit: where it would
 * not, "x__" goes before it, which no code turns into by itself. Pure.
 */

const MAX_CHARS = 64;
const LEAD = "x__";

/** Throws when it would be longer than an id may be. */
export function productIdOf(code: string): string {
  const escaped = Array.from(new TextEncoder().encode(code), escapedByte).join("");
  const productId = /^[A-Za-z0-9]/.test(escaped) ? escaped : LEAD + escaped;
  if (productId.length > MAX_CHARS) throw new Error(`the stock code ${code} is too long for a product id`);
  return productId;
}

/** The stock code that `productIdOf` made it from. */
export function stockCodeOf(productId: string): string {
  const escaped = productId.startsWith(LEAD) ? productId.slice(LEAD.length) : productId;
  return decodeURIComponent(escaped.replaceAll("_", "%"));
}

function escapedByte(byte: number): string {
  const char = String.fromCodePoint(byte);
  return /[A-Za-z0-9.-]/.test(char) ? char : `_${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}
