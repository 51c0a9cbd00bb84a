/** A reservation on the wire, and what a reserve takes. */
import { Buffer } from "node:buffer";
import { parseReservationId } from "../../domain/ids";
import { RESERVATION_STATES, type HoldDetails } from "../../domain/reservation";
import type { ReservationView } from "../../domain/views";
import * as limits from "../../limits";
import { freeJson, RESERVED_NAMES } from "../schemas/free-json";
import * as field from "../schemas/primitives";
import { MAX_LOCATIONS_NAMED } from "../wire-limits";
import * as z from "../zod";

export const ttlSeconds = z.int().min(1).max(limits.MAX_HOLD_TTL_SECONDS);
/** What is left out is `holdTtlSeconds` of the settings. */
export const holdTtlSeconds = z
  .maybe(ttlSeconds.nullable())
  .openapi({ default: limits.DEFAULT_HOLD_TTL_SECONDS })
  .describe(
    "null: the hold does not expire, which needs the scope stock:write. The default is an operator's setting.",
  );

const metadata = freeJson(
  z
    .record(z.string(), z.unknown())
    .refine(isSmallJson, `may be at most ${limits.MAX_METADATA_BYTES} bytes as JSON`),
).describe(
  `Any JSON object of at most ${limits.MAX_METADATA_DEPTH} levels and ${limits.MAX_METADATA_BYTES} bytes; ` +
    `no name in it may be ${RESERVED_NAMES.join(", ")}.`,
);

function isSmallJson(value: unknown): boolean {
  const json = JSON.stringify(value);
  return json.length <= limits.MAX_METADATA_BYTES && Buffer.byteLength(json) <= limits.MAX_METADATA_BYTES;
}

const holdDetails = {
  orderId: z.maybe(field.orderId),
  customerId: z.maybe(field.customerId),
  metadata: z.maybe(metadata),
} satisfies Record<keyof HoldDetails, z.ZodType>;

const reserveFields = z.strictObject({
  quantity: field.quantity,
  ...holdDetails,
  locationId: z.maybe(field.locationId),
  locationIds: z
    .maybe(z.array(field.locationId).min(1).max(MAX_LOCATIONS_NAMED))
    .describe("In order of preference; the first that can give the whole quantity is used."),
  ttlSeconds: holdTtlSeconds,
  supersedes: z
    .maybe(z.string().refine((id) => parseReservationId(id) !== undefined, "is not the id of a reservation"))
    .describe("A hold of the same product whose units pass to this one; it ends as released."),
});

const holdRequest = reserveFields.refine(
  (body) => body.locationId === undefined || body.locationIds === undefined,
  { message: "give locationId or locationIds, not both", path: ["locationIds"] },
);
export const reserveBody = holdRequest.openapi("ReserveRequest");
/** A dry run takes what a reserve takes. */
export const checkBody = holdRequest.openapi("CheckRequest");

export const orderReleaseBody = z.strictComponent("OrderReleaseRequest", {
  orderId: field.orderId,
  quantity: z.maybe(field.quantity),
  reason: z.maybe(field.reason),
});

export const inventory = z.component("StockNumbers", {
  onHand: z.int(),
  reserved: field.total,
  available: z.int(),
  version: field.version,
});

const listedShape = {
  reservationId: z.string().openapi({ example: "75192-1~01K9Z3V6M8Q2W4E6R8T0Y2U4I6" }),
  productId: field.productId,
  locationId: field.locationId,
  orderId: field.orderId.nullable(),
  customerId: z.string().nullable(),
  state: z.enum(RESERVATION_STATES),
  quantity: field.quantity,
  held: field.nonNegative,
  confirmed: field.nonNegative,
  released: field.nonNegative,
  returned: field.nonNegative,
  expiresAt: field.timestamp.nullable(),
  createdAt: field.timestamp,
  metadata: z.record(z.string(), z.unknown()).nullable(),
  version: field.version,
};

export const reservationListed = z.component("ReservationListed", listedShape);
export const reservation = z.component("Reservation", {
  ...listedShape,
  inventory,
}) satisfies z.ZodType<ReservationView>;
