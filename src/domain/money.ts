/** Money is an exact decimal string with its currency; a float stands in for it only where rows are sorted. */

export interface Money {
  amount: string;
  currency: string;
}

export const DECIMAL = /^\d{1,15}(\.\d{1,18})?$/;
export const CURRENCY = /^[A-Z]{3,10}$/;

/** `"0799.90"`, `799.9` and `"799.90"` are one amount: no leading zeros, at least two decimals, no further trailing zeros. */
export function normalizeAmount(amount: string): string {
  const [whole = "0", fraction = ""] = amount.split(".");
  const trimmed = fraction.replace(/0+$/, "").padEnd(2, "0");
  return `${whole.replace(/^0+(?=\d)/, "")}.${trimmed}`;
}
