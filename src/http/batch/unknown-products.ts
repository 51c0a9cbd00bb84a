/**
 * Names that are no products must not wake an object each, hundreds in a request. The book knows every product that was ever
 * made and acknowledged, deleted ones too (whose objects remember keys), except while it is behind: a creation waits for it,
 * but no longer than 5 s. So the book's word alone refuses nobody. A few of the names it does not know, spread over all of
 * them, are asked: if a single one exists or cannot be asked, or if the book cannot be read, the book is behind,
 * and every name goes to its object as it does in a small batch. Only a book that has just been seen to miss nothing
 * decides for the rest.
 */
import { BookUnavailable } from "../../d1/book";
import { existingProductIds } from "../../d1/products";
import { BATCH_CALL_TIMEOUT_MS, MAX_PRODUCTS_NOT_LOOKED_UP, UNKNOWN_PRODUCTS_ASKED } from "../../limits";
import { withTimeout } from "../../timeout";
import { read } from "../clients/product";
import { notFound, type Problem } from "../problem";
import type { Run } from "../request/answer-once";
import type { Call } from "../route";
import { isDecided, rowProblem, type Outcome, type Row } from "./rows";

interface Batch<O extends Outcome> {
  run: Run;
  rows: readonly Row[];
  apply: (call: Call, rows: readonly Row[]) => Promise<O[]>;
  /** What it means that there is no such product, where the caller has not named a product. */
  unknown?: (row: number) => Problem;
}

/** Rows of products that do not exist are not tried: not for rows that make them. Never rejects. */
export async function applyKnown<O extends Outcome>(call: Call, batch: Batch<O>): Promise<O[]> {
  const { run, rows, apply, unknown } = batch;
  const missing = await unknownProducts(call, new Set(rows.flatMap((row) => idOf(row) ?? [])));
  const known = rows.map((row, index): Row => {
    const id = idOf(row);
    if (id === undefined || !missing.has(id)) return row;
    return { problem: unknown?.(index) ?? notFound("product_not_found", id) };
  });
  const outcomes = await apply(call, known);
  run.keep = isDecided(outcomes);
  return outcomes;
}

function idOf(row: Row): string | undefined {
  return "problem" in row ? undefined : row.productId;
}

const NONE: ReadonlySet<string> = new Set();

async function unknownProducts(call: Call, ids: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  if (ids.size <= MAX_PRODUCTS_NOT_LOOKED_UP) return NONE;
  const known = await existingProductIds(call.env.BOOK, [...ids]).catch((error: unknown) => {
    rowProblem(error instanceof BookUnavailable ? error.cause : error, { requestId: call.requestId });
    return undefined;
  });
  if (!known) return NONE;
  const unknown = [...ids].filter((id) => !known.has(id));
  if (unknown.length <= UNKNOWN_PRODUCTS_ASKED) return NONE;
  const gap = unknown.length / UNKNOWN_PRODUCTS_ASKED;
  const sample = Array.from({ length: UNKNOWN_PRODUCTS_ASKED }, (_, n) => unknown[Math.floor(n * gap)] ?? "");
  const absent = await Promise.all(sample.map((id) => isAbsent(call, id)));
  return absent.every(Boolean) ? new Set(unknown) : NONE;
}

async function isAbsent(call: Call, productId: string): Promise<boolean> {
  try {
    const reading = read(call.env, productId, { view: "product" });
    return !(await withTimeout(reading, BATCH_CALL_TIMEOUT_MS, "product")).ok;
  } catch (error) {
    rowProblem(error, { requestId: call.requestId, productId });
    return false;
  }
}
