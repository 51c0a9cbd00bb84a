/**
 * What an object's refusal looks like on the wire. Exhaustive: a new refusal does not compile until it has an
 * answer.
 */
import type { Refusal } from "../domain/refusal";
import { BOOK_UNAVAILABLE, INTERNAL, invalid, notFound, OVERLOADED, type Problem } from "./problem";

export function refusalProblem(refusal: Refusal): Problem {
  const { code, ...facts } = refusal;
  const say = (detail: string): Problem => ({ code: code as Problem["code"], detail, facts });
  switch (refusal.code) {
    case "product_not_found":
      return notFound("product_not_found", refusal.productId);
    case "location_not_found":
      return notFound("location_not_found", refusal.locationId);
    case "location_closed":
      return say(`${refusal.locationId} is being removed and takes no stock.`);
    case "level_not_found":
      return say(`${refusal.productId} has no level at ${refusal.locationId}.`);
    case "reservation_not_found":
      return say(nothingHeldDetail(refusal));
    case "order_not_found":
      return say(`There is no order ${refusal.orderId}.`);
    case "order_exists":
      return say(`${refusal.orderId} exists already${refusal.state ? ` and is ${refusal.state}` : ""}.`);
    case "too_many_holds":
      return invalid([{ path: "orderId", code, message: `has more than ${refusal.limit}: name them by id` }]);
    case "product_exists":
      return say(`${refusal.productId} exists already.`);
    case "product_not_active":
      return say(`${refusal.productId} is ${refusal.productStatus}; only an active product can be reserved.`);
    case "insufficient_stock":
      return say(shortageDetail(refusal));
    case "version_conflict":
      return versionConflict(refusal);
    case "reservation_already_confirmed":
      return say(`${refusal.reservationId} was confirmed before.`);
    case "reservation_already_released":
      return say(releasedDetail(refusal));
    case "reservation_expired":
      return say(`${refusal.reservationId} expired at ${refusal.expiresAt}.`);
    case "level_in_use":
      return say(`${refusal.locationId} has ${refusal.onHand} on hand and ${refusal.reserved} held.`);
    case "product_in_use":
      return say(`${refusal.productId} has ${refusal.onHand} on hand and ${refusal.reserved} held.`);
    case "customer_limit_reached":
      return say(`${refusal.taken} of ${refusal.limit} are taken; ${refusal.requested} more were asked for.`);
    case "customer_required":
      return say(`${refusal.productId} is limited to ${refusal.limit} a customer: customerId is needed.`);
    case "idempotency_key_reused":
      return say("The idempotency key was used for another request; its first effect stands.");
    case "below_reserved":
      return say(
        `${refusal.newQuantity} is less than the ${refusal.reserved} held at ${refusal.locationId}.`,
      );
    case "reason_required":
      return say("Forcing this needs a reason.");
    case "exceeds_held":
      return say(
        `${refusal.requested} were asked for, ` +
          ("held" in refusal ? `${refusal.held} are held.` : `${refusal.returnable} can come back.`),
      );
    case "extension_limit_reached":
      return say(`A hold can be extended ${refusal.limit} times, for ${refusal.limitDays} days in all.`);
    case "quantity_out_of_range":
      return invalid([
        { path: "body", code, message: `${refusal.locationId} would pass the limit of ${refusal.limit}` },
      ]);
    case "overloaded":
    case "places_outdated":
      return OVERLOADED;
    case "book_unavailable":
      return BOOK_UNAVAILABLE;
    case "internal":
      return INTERNAL;
  }
}

function nothingHeldDetail({ orderId }: { orderId?: string }): string {
  return orderId === undefined ? "There is no such reservation." : `${orderId} holds nothing here.`;
}

function releasedDetail({
  reservationId,
  supersededBy,
}: Extract<Refusal, { code: "reservation_already_released" }>): string {
  return supersededBy === undefined
    ? `${reservationId} was released before.`
    : `${reservationId} was handed over to ${supersededBy} before.`;
}

function shortageDetail(refusal: Extract<Refusal, { code: "insufficient_stock" }>): string {
  return refusal.shortages
    .map((s) => `${s.productId} at ${s.locationId}: ${s.requested} asked for, ${s.available} available`)
    .join("; ");
}

/** Through the header it is a failed precondition, through the body a conflict; the numbers are the same. */
function versionConflict(refusal: Extract<Refusal, { code: "version_conflict" }>): Problem {
  const { via, expected, current, inventory } = refusal;
  return {
    code: "version_conflict",
    status: via === "header" ? 412 : 409,
    detail: `Version ${expected} was expected; it is ${current}.`,
    facts: { expected, current, inventory },
  };
}
