/** Verifying many products: a page of all that the book knows, or those that are named, a few at a time. */
import { inParallel } from "../in-parallel";
import { VERIFY_CONCURRENCY } from "../limits";
import { BookUnavailable } from "./book";
import { decodeCursor, encodeCursor, toPage } from "./page";
import { knownProductIds } from "./standing";
import { verifyProduct, type Auditable, type Verification } from "./verification";

export interface Verified {
  productId: string;
  /** undefined: nobody knows the product. */
  verification?: Verification;
  /** The object failed or did not answer. */
  failure?: unknown;
}

/** In the order of the ids. Throws `BookUnavailable`; an object that fails is told of in its place. */
export async function verifyProducts(
  binding: D1Database,
  productIds: readonly string[],
  objectOf: (productId: string) => Auditable,
): Promise<Verified[]> {
  const verified: Verified[] = [];
  await inParallel(productIds.entries(), VERIFY_CONCURRENCY, async ([index, productId]) => {
    verified[index] = await verifyOne(binding, productId, objectOf(productId));
  });
  return verified;
}

async function verifyOne(binding: D1Database, productId: string, object: Auditable): Promise<Verified> {
  try {
    const verification = await verifyProduct(binding, productId, object);
    return { productId, ...(verification && { verification }) };
  } catch (failure) {
    if (failure instanceof BookUnavailable) throw failure;
    return { productId, failure };
  }
}

/** The next products by id. Throws `BadCursor` and `BookUnavailable`. */
export async function verifyPage(
  binding: D1Database,
  wanted: { limit: number; cursor?: string },
  objectOf: (productId: string) => Auditable,
): Promise<{ items: Verified[]; nextCursor: string | null }> {
  const { limit, cursor } = wanted;
  const [after] = decodeCursor(cursor, "verify", ["string"]) ?? [""];
  const ids = await knownProductIds(binding, String(after), limit + 1);
  const { items, nextCursor } = toPage(ids, limit, {
    item: (id) => id,
    cursor: (id) => encodeCursor("verify", [id]),
  });
  return { items: await verifyProducts(binding, items, objectOf), nextCursor };
}
