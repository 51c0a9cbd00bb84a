/**
 * What an object's refusal looks like on the wire. Exhaustive: a new refusal does not compile until it has an
 * answer.
 */
import type { Refusal } from "../domain/refusal";
import {
  badField,
  BOOK_UNAVAILABLE,
  INTERNAL,
  notFound,
  OVERLOADED,
  type Problem,
  type ProblemCode,
} from "./problem";

export function refusalProblem(refusal: Refusal): Problem {
  switch (refusal.code) {
    case "product_not_found":
      return notFound("product_not_found", refusal.productId);
    case "location_not_found":
      return notFound("location_not_found", refusal.locationId);
    case "version_conflict":
      return versionConflict(refusal);
    case "too_many_holds":
      return badField("orderId", refusal.code, `has more than ${refusal.limit}: name them by id`).problem;
    case "quantity_out_of_range": {
      const message = `${refusal.locationId} would pass the limit of ${refusal.limit}`;
      return badField("body", refusal.code, message).problem;
    }
    case "overloaded":
    case "places_outdated":
      return OVERLOADED;
    case "book_unavailable":
      return BOOK_UNAVAILABLE;
    case "internal":
      return INTERNAL;
    default: {
      const { code, ...extensions } = refusal;
      return { code, detail: detailOf(refusal), extensions };
    }
  }
}

/** Those whose code and content are the problem's. */
type PlainRefusal = Exclude<
  Extract<Refusal, { code: ProblemCode }>,
  | { code: "product_not_found" | "location_not_found" | "version_conflict" }
  | { code: "overloaded" | "book_unavailable" | "internal" }
>;

function detailOf(r: PlainRefusal): string {
  switch (r.code) {
    case "location_closed":
      return `${r.locationId} is being removed and takes no stock.`;
    case "level_not_found":
      return `${r.productId} has no level at ${r.locationId}.`;
    case "reservation_not_found":
      return r.orderId === undefined ? "There is no such reservation." : `${r.orderId} holds nothing here.`;
    case "order_not_found":
      return `There is no order ${r.orderId}.`;
    case "order_exists":
      return `${r.orderId} exists already${r.state ? ` and is ${r.state}` : ""}.`;
    case "product_exists":
      return `${r.productId} exists already.`;
    case "product_not_active":
      return `${r.productId} is ${r.productStatus}; only an active product can be reserved.`;
    case "insufficient_stock":
      return r.shortages
        .map((s) => `${s.productId} at ${s.locationId}: ${s.requested} asked for, ${s.available} available`)
        .join("; ");
    case "reservation_already_confirmed":
      return `${r.reservationId} was confirmed before.`;
    case "reservation_already_released":
      return r.supersededBy === undefined
        ? `${r.reservationId} was released before.`
        : `${r.reservationId} was handed over to ${r.supersededBy} before.`;
    case "reservation_expired":
      return `${r.reservationId} expired at ${r.expiresAt}.`;
    case "level_in_use":
      return `${r.locationId} has ${r.onHand} on hand and ${r.reserved} held.`;
    case "product_in_use":
      return `${r.productId} has ${r.onHand} on hand and ${r.reserved} held.`;
    case "customer_limit_reached":
      return `${r.taken} of ${r.limit} are taken; ${r.requested} more were asked for.`;
    case "customer_required":
      return `${r.productId} is limited to ${r.limit} a customer: customerId is needed.`;
    case "idempotency_key_reused":
      return "The idempotency key was used for another request; its first effect stands.";
    case "below_reserved":
      return `${r.newQuantity} is less than the ${r.reserved} held at ${r.locationId}.`;
    case "reason_required":
      return "Forcing this needs a reason.";
    case "exceeds_held": {
      const rest = "held" in r ? `${r.held} are held.` : `${r.returnable} can come back.`;
      return `${r.requested} were asked for, ${rest}`;
    }
    case "extension_limit_reached":
      return `A hold can be extended ${r.limit} times, for ${r.limitDays} days in all.`;
  }
}

/** Through the header it is a failed precondition, through the body a conflict; the numbers are the same. */
function versionConflict(refusal: Extract<Refusal, { code: "version_conflict" }>): Problem {
  const { via, expected, current, inventory } = refusal;
  return {
    code: "version_conflict",
    status: via === "header" ? 412 : 409,
    detail: `Version ${expected} was expected; it is ${current}.`,
    extensions: { expected, current, inventory },
  };
}
