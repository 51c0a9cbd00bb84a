/** Money is an exact decimal string with its currency; a float stands in for it only where rows are sorted. */
import * as z from "zod";

export const moneySchema = z.object({ amount: z.string(), currency: z.string() });
export type Money = z.output<typeof moneySchema>;

export const DECIMAL = /^\d{1,15}(\.\d{1,18})?$/;
export const CURRENCY = /^[A-Z]{3,10}$/;

/** How numbers far from 1 are printed. No amount that is taken needs a longer exponent. */
const EXPONENT_FORM = /^(\d+)(?:\.(\d+))?e([+-]?\d{1,2})$/i;

/** `1.5e-7` with its point where it belongs, exactly. Anything else comes back as it is. */
export function plainDecimal(text: string): string {
  const [matched, whole = "", fraction = "", exponent] = EXPONENT_FORM.exec(text) ?? [];
  if (matched === undefined) return text;
  const point = whole.length + Number(exponent);
  const zerosBefore = Math.max(0, 1 - point);
  const digits = ("0".repeat(zerosBefore) + whole + fraction).padEnd(point, "0");
  const before = digits.slice(0, point + zerosBefore).replace(/^0+(?=\d)/, "");
  const after = digits.slice(point + zerosBefore).replace(/0+$/, "");
  return after === "" ? before : `${before}.${after}`;
}

/** `"0799.90"`, `799.9` and `"799.90"` are one amount: no leading zeros, at least two decimals, no further trailing zeros. */
export function normalizeAmount(amount: string): string {
  const [whole = "0", fraction = ""] = amount.split(".");
  const trimmed = fraction.replace(/0+$/, "").padEnd(2, "0");
  return `${whole.replace(/^0+(?=\d)/, "")}.${trimmed}`;
}
