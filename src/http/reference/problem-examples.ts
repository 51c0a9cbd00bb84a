/** When each problem is met, and what one looks like. A new code does not compile until it has both. */
import type { ProblemCode } from "../problem";

interface ProblemExample {
  when: string;
  detail: string;
  /** What stands beside it. */
  facts?: Record<string, unknown>;
}

/** Of the demo data. */
const SET = "75192-1";
const HOLD = "75192-1~01KAMR2V6C8Q2W4E6R8T0Y2V4G";
const NUMBERS = { onHand: 250, reserved: 3, available: 247, version: 7 };

export const EXAMPLES: Record<ProblemCode, ProblemExample> = {
  validation_failed: {
    when: "A field is missing, unknown or out of bounds. Nothing was done; correct it and send it again.",
    detail: "body.quantity: must be at least 1",
    facts: {
      errors: [{ path: "body.quantity", code: "too_small", message: "must be at least 1" }],
      errorCount: 1,
    },
  },
  malformed_json: {
    when: "The body cannot be read as JSON in UTF-8.",
    detail: "The body ends in the middle of a value.",
  },
  unauthenticated: {
    when: "No key was sent, or one that is not known, has expired or was revoked.",
    detail: "Send a key as X-API-Key or as Authorization: Bearer.",
  },
  forbidden: {
    when: "The key is known and lacks the scope, or is used from a page that it is not for.",
    detail: "This needs the scope stock:write.",
    facts: { requiredScope: "stock:write" },
  },
  product_not_found: {
    when: "No product has this id, or none any more.",
    detail: "There is no product 99999-1.",
    facts: { productId: "99999-1" },
  },
  location_not_found: {
    when: "No location has this id. `GET /v1/locations` lists them.",
    detail: "There is no location nowhere.",
    facts: { locationId: "nowhere" },
  },
  level_not_found: {
    when: "The product is known, and has never had stock at this location.",
    detail: "75192-1 has no level at berlin.",
    facts: { productId: SET, locationId: "berlin" },
  },
  reservation_not_found: {
    when: "No reservation has this id, or another key made it and this one lacks `reservations:read`.",
    detail: "There is no such reservation.",
    facts: { reservationId: HOLD },
  },
  order_not_found: {
    when: "No order has this id, or another key made it and this one lacks `reservations:read`.",
    detail: "There is no order ORD-9999.",
    facts: { orderId: "ORD-9999" },
  },
  route_not_found: {
    when: "Nothing is at this path: it is misspelt, or the webhook, key or source that it names is not there.",
    detail: "Nothing is at /v1/nowhere.",
  },
  method_not_allowed: {
    when: "The path is there, and takes other methods: `Allow` names them.",
    detail: "It takes GET, POST.",
  },
  not_acceptable: {
    when: "`Accept` names no media type that the answer has.",
    detail: "The answer can be application/json.",
    facts: { offered: ["application/json"] },
  },
  product_exists: {
    when: "The id is taken. If you retried a create without an `Idempotency-Key`, it may be your own.",
    detail: "75192-1 exists already.",
    facts: { productId: SET, version: 3 },
  },
  insufficient_stock: {
    when: "Too few units can be had at this moment. Nothing was held or taken.",
    detail: "75192-1 at main: 300 asked for, 247 available",
    facts: { shortages: [{ productId: SET, locationId: "main", requested: 300, available: 247 }] },
  },
  product_not_active: {
    when: "Only a product whose `status` is `active` can be reserved.",
    detail: "75192-1 is suspended; only an active product can be reserved.",
    facts: { productId: SET, productStatus: "suspended" },
  },
  version_conflict: {
    when:
      "Somebody has changed it since you read it: 412 when you sent `If-Match`, 409 when the body has `version`. " +
      "Decide again with the numbers that are given.",
    detail: "Version 5 was expected; it is 7.",
    facts: { expected: 5, current: 7, inventory: NUMBERS },
  },
  reservation_already_confirmed: {
    when: "The units are sold. A second confirm sells nothing: with the same `Idempotency-Key` it answers as the first did.",
    detail: `${HOLD} was confirmed before.`,
    facts: { reservationId: HOLD },
  },
  reservation_already_released: {
    when: "The units were given back, or handed over to another hold (`supersededBy`).",
    detail: `${HOLD} was released before.`,
    facts: { reservationId: HOLD },
  },
  order_exists: {
    when: "The order's id is taken. `state` says how that order stands; without it, it is somebody else's.",
    detail: "ORD-2001 exists already and is held.",
    facts: { orderId: "ORD-2001", state: "held" },
  },
  level_in_use: {
    when: "The level has stock or holds. Move or release them first.",
    detail: "main has 250 on hand and 3 held.",
    facts: { locationId: "main", onHand: 250, reserved: 3 },
  },
  location_exists: {
    when: "The id is taken by a location with another name, priority or place. `PATCH` changes it.",
    detail: "berlin exists with other content; PATCH changes it.",
    facts: { locationId: "berlin" },
  },
  location_in_use: {
    when: "Products have stock, holds or a backorder limit there, or it is the last location.",
    detail: "Products have stock, holds or a backorder limit at main.",
    facts: { locationId: "main", products: [SET] },
  },
  location_closed: {
    when: "The location is being removed, and takes no stock meanwhile.",
    detail: "berlin is being removed and takes no stock.",
    facts: { locationId: "berlin" },
  },
  product_in_use: {
    when: "The product has stock or holds. `?force=true&reason=` deletes it all the same.",
    detail: "75192-1 has 250 on hand and 3 held.",
    facts: { productId: SET, onHand: 250, reserved: 3 },
  },
  source_not_configured: {
    when: "The source needs a key of its own, and the service was given none.",
    detail: "rebrickable has no key here.",
  },
  extension_limit_reached: {
    when: "A hold can be extended ten times, and lasts 30 days in all.",
    detail: "A hold can be extended 10 times, for 30 days in all.",
    facts: { reservationId: HOLD, limit: 10, limitDays: 30 },
  },
  customer_limit_reached: {
    when: "The customer holds or has bought as many as `maxPerCustomer` allows.",
    detail: "2 of 2 are taken; 1 more were asked for.",
    facts: { customerId: "C-77", limit: 2, taken: 2, requested: 1 },
  },
  reservation_expired: {
    when: "The hold ended by itself. Confirming it with `ifExpired: reacquire` works while the units are still free.",
    detail: `${HOLD} expired at 2026-01-31T12:15:00.000Z.`,
    facts: { reservationId: HOLD, expiresAt: "2026-01-31T12:15:00.000Z" },
  },
  offset_expired: {
    when: "These events are no longer kept. Read the state again from the lists, then go on at `oldestOffset` or later.",
    detail: "Events before offset 4711 are no longer kept.",
    facts: { oldestOffset: 4711 },
  },
  body_too_large: {
    when: "The body has more bytes than are read.",
    detail: "At most 1048576 bytes are read.",
    facts: { limitBytes: 1_048_576 },
  },
  unsupported_media_type: {
    when: "`Content-Type` names a type or a charset that is not read here.",
    detail: "The body may be application/json, in UTF-8.",
    facts: { supported: ["application/json"] },
  },
  idempotency_key_reused: {
    when: "The key came before with another request, whose effect stands. Use a new key for a new request.",
    detail: "The idempotency key was used for another request; its first effect stands.",
  },
  below_reserved: {
    when: "Fewer would be on hand than are held. `force` with a reason does it all the same.",
    detail: "1 is less than the 3 held at main.",
    facts: { locationId: "main", newQuantity: 1, reserved: 3, holds: [HOLD] },
  },
  customer_required: {
    when: "The product is limited to so many a customer, and the key may not go without naming one.",
    detail: "75192-1 is limited to 2 a customer: customerId is needed.",
    facts: { productId: SET, limit: 2 },
  },
  reason_required: { when: "What is forced needs a reason.", detail: "Forcing this needs a reason." },
  exceeds_held: {
    when: "More than the reservation holds, or of a return: more than was sold and has not come back.",
    detail: "5 were asked for, 3 are held.",
    facts: { reservationId: HOLD, requested: 5, held: 3 },
  },
  rate_limited: {
    when: "Too many requests in this minute. Wait as long as `Retry-After` says.",
    detail: "More than 600 requests of one address in a minute. Try again in 12 s.",
    facts: { violatedPolicies: ["ip"] },
  },
  holds_limit_reached: {
    when: "The key has as many living holds as one may have. Some must be confirmed, released or expire first.",
    detail: "A key may have some 10000 living holds.",
  },
  internal: {
    when: "A fault of the service. It is in its log under `requestId`. Whether it was done is not known: send it again with the same `Idempotency-Key`.",
    detail: "The request id finds it in the log.",
  },
  book_unavailable: {
    when: "Lists and the log cannot be read. Single products can, and reservations go on. Try again as `Retry-After` says.",
    detail: "Lists and logs cannot be read at the moment; single products still can.",
  },
  misconfigured: {
    when: "A setting is not valid, so nothing is served.",
    detail: "Whoever runs this service finds in its log which settings are not valid.",
  },
  overloaded: {
    when: "Too busy. Send it again with the same `Idempotency-Key`, as `Retry-After` says.",
    detail: "Try again in a moment.",
  },
};
