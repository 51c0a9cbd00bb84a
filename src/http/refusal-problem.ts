/** An object's refusal on the wire. A new refusal does not compile until it has an answer. */
import type { Refusal } from "../domain/refusal";
import * as problems from "./problem";

export function refusalProblem(refusal: Refusal): problems.Problem {
  switch (refusal.code) {
    case "product_not_found":
      return problems.notFound("product_not_found", refusal.productId);
    case "location_not_found":
      return problems.notFound("location_not_found", refusal.locationId);
    case "version_conflict":
      return versionConflict(refusal);
    case "too_many_holds":
      return problems.badField("orderId", refusal.code, `has more than ${refusal.limit}: name them by id`)
        .problem;
    case "quantity_out_of_range": {
      const message = `${refusal.locationId} would pass the limit of ${refusal.limit}`;
      return problems.badField("body", refusal.code, message).problem;
    }
    case "overloaded":
    case "places_outdated":
      return problems.OVERLOADED;
    case "book_unavailable":
      return problems.BOOK_UNAVAILABLE;
    case "internal":
      return problems.INTERNAL;
    default: {
      const { code, ...extensions } = refusal;
      return { code, detail: detailOf(code, refusal), extensions };
    }
  }
}

/** Those whose code and content are the problem's. */
type PlainRefusal = Exclude<
  Extract<Refusal, { code: problems.ProblemCode }>,
  | { code: "product_not_found" | "location_not_found" | "version_conflict" }
  | { code: "overloaded" | "book_unavailable" | "internal" }
>;

type PlainCode = PlainRefusal["code"];
type Plain<C> = Extract<PlainRefusal, { code: C }>;

const DETAILS: { [C in PlainCode]: (refusal: Plain<C>) => string } = {
  location_closed: (r) => `${r.locationId} is being removed and takes no stock.`,
  level_not_found: (r) => `${r.productId} has no level at ${r.locationId}.`,
  reservation_not_found: (r) =>
    r.orderId === undefined ? "There is no such reservation." : `${r.orderId} holds nothing here.`,
  order_not_found: (r) => `There is no order ${r.orderId}.`,
  order_exists: (r) => `${r.orderId} exists already${r.state ? ` and is ${r.state}` : ""}.`,
  product_exists: (r) => `${r.productId} exists already.`,
  product_not_active: (r) => `${r.productId} is ${r.productStatus}; only an active product can be reserved.`,
  insufficient_stock: (r) =>
    r.shortages
      .map((s) => `${s.productId} at ${s.locationId}: ${s.requested} asked for, ${s.available} available`)
      .join("; "),
  reservation_already_confirmed: (r) => `${r.reservationId} was confirmed before.`,
  reservation_already_released: (r) =>
    r.supersededBy === undefined
      ? `${r.reservationId} was released before.`
      : `${r.reservationId} was handed over to ${r.supersededBy} before.`,
  reservation_expired: (r) => `${r.reservationId} expired at ${r.expiresAt}.`,
  level_in_use: (r) => `${r.locationId} has ${r.onHand} on hand and ${r.reserved} held.`,
  product_in_use: (r) => `${r.productId} has ${r.onHand} on hand and ${r.reserved} held.`,
  customer_limit_reached: (r) => `${r.taken} of ${r.limit} are taken; ${r.requested} more were asked for.`,
  customer_required: (r) => `${r.productId} is limited to ${r.limit} a customer: customerId is needed.`,
  idempotency_key_reused: () => "The idempotency key was used for another request; its first effect stands.",
  below_reserved: (r) => `${r.newQuantity} is less than the ${r.reserved} held at ${r.locationId}.`,
  reason_required: () => "Forcing this needs a reason.",
  exceeds_held: (r) =>
    `${r.requested} were asked for, ${"held" in r ? `${r.held} are held.` : `${r.returnable} can come back.`}`,
  extension_limit_reached: (r) => `A hold can be extended ${r.limit} times, for ${r.limitDays} days in all.`,
};

function detailOf<C extends PlainCode>(code: C, refusal: { [D in PlainCode]: Plain<D> }[C]): string {
  return DETAILS[code](refusal);
}

/** Through the header it is a failed precondition, through the body a conflict; the numbers are the same. */
function versionConflict(refusal: Extract<Refusal, { code: "version_conflict" }>): problems.Problem {
  const { via, expected, current, inventory } = refusal;
  return {
    code: "version_conflict",
    status: via === "header" ? 412 : 409,
    detail: `Version ${expected} was expected; it is ${current}.`,
    extensions: { expected, current, inventory },
  };
}
