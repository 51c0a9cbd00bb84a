/** JSON whose numbers come out as they are written: a float between them and us would round a price. */
import { plainDecimal } from "../domain/money";
import { SourceFailure } from "./failure";

/** Every number is its own text. Throws a `SourceFailure` for what is no JSON. */
export function parseExactly(text: string): unknown {
  try {
    return JSON.parse(text, (_name, value: unknown, context?: { source?: string }) =>
      typeof value === "number" ? (context?.source ?? String(value)) : value,
    );
  } catch {
    throw new SourceFailure("bad_answer", "the answer is not JSON");
  }
}

/** `-1.5e-7` as `-0.00000015`; undefined for what is no decimal of a size that anybody needs. */
export function signedDecimal(text: string): string | undefined {
  const sign = text.startsWith("-") ? "-" : "";
  const plain = plainDecimal(text.slice(sign.length));
  return PLAIN.test(plain) ? sign + plain : undefined;
}

const PLAIN = /^\d{1,40}(\.\d{1,60})?$/;

/** More places than a shop's price may have: a coin is worth 1.2345678901234567e-10 dollars. */
const AMOUNT = /^\d{1,15}(\.\d{1,40})?$/;

export function isAmount(text: string): boolean {
  return AMOUNT.test(text);
}
