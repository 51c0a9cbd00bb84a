/** Verifying many products: a page of all that the book knows, or those that are named, a few at a time. */
import pMap from "p-map";
import { VERIFY_CONCURRENCY } from "../limits";
import { count } from "../telemetry/meter-buffer";
import { BookUnavailable } from "../d1/book";
import { decodeCursor, encodeCursor, toPage } from "../d1/page";
import { nextProductIds } from "../d1/product-snapshot";
import { verifyProduct, type Verifiable, type Verification } from "./verify-product";

export interface Verified {
  productId: string;
  /** undefined: nobody knows the product. */
  verification?: Verification;
  /** The object failed or did not answer. */
  failure?: unknown;
}

/** In the order of the ids. Throws `BookUnavailable`; an object that fails is named in its place. */
export function verifyProducts(
  binding: D1Database,
  productIds: readonly string[],
  objectOf: (productId: string) => Verifiable,
): Promise<Verified[]> {
  const verify = (productId: string) => verifyOne(binding, productId, objectOf(productId));
  return pMap(productIds, verify, { concurrency: VERIFY_CONCURRENCY });
}

async function verifyOne(binding: D1Database, productId: string, object: Verifiable): Promise<Verified> {
  try {
    const verification = await verifyProduct(binding, productId, object);
    return { productId, ...(verification && { verification }) };
  } catch (failure) {
    if (failure instanceof BookUnavailable) throw failure;
    count("holdfast_products_verified_total", { outcome: "failed" });
    return { productId, failure };
  }
}

/** The next products by id. Throws `BadCursor` and `BookUnavailable`. */
export async function verifyPage(
  binding: D1Database,
  wanted: { limit: number; cursor?: string },
  objectOf: (productId: string) => Verifiable,
): Promise<{ items: Verified[]; nextCursor: string | null }> {
  const { limit, cursor } = wanted;
  const [after] = decodeCursor(cursor, "verify", ["string"]) ?? [""];
  const ids = await nextProductIds(binding, String(after), limit + 1);
  const { items, nextCursor } = toPage(ids, limit, {
    item: (id) => id,
    cursor: (id) => encodeCursor("verify", [id]),
  });
  return { items: await verifyProducts(binding, items, objectOf), nextCursor };
}
