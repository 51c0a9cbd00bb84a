/** Names of things: what a well-formed id is, and how a reservation's id carries its product. */

export const PRODUCT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const LOCATION_ID = PRODUCT_ID;
export const ORDER_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

export const MAIN_LOCATION = "main";

/** Words that stand where a productId may stand in a route; a product of that name could not be reached. */
const ROUTE_WORDS = new Set([
  "assets",
  "bulk",
  "check",
  "create",
  "delete",
  "events",
  "export",
  "import",
  "live",
  "low-stock",
  "search",
  "set",
  "updates",
]);

/** The route word that `productId` collides with, if any. Words collide whatever their case. */
export function collidingRouteWord(productId: string): string | undefined {
  const word = productId.toLowerCase();
  return ROUTE_WORDS.has(word) ? word : undefined;
}

/** `PROD-001~01K…`: the product's id, a tilde (which no productId holds), and a ULID. */
export function reservationId(productId: string, ulid: string): string {
  return `${productId}~${ulid}`;
}

export function parseReservationId(id: string): { productId: string; ulid: string } | undefined {
  const tilde = id.lastIndexOf("~");
  if (tilde < 1) return undefined;
  const productId = id.slice(0, tilde);
  const ulid = id.slice(tilde + 1);
  return PRODUCT_ID.test(productId) && /^[0-9A-HJKMNP-TV-Z]{26}$/.test(ulid)
    ? { productId, ulid }
    : undefined;
}
