import type { Caller, CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { releaseEach } from "./release";

/** Gives back up to `quantity` of what an order holds of this product, oldest hold first. */
export function decideReleaseOrder(
  facts: LiveFacts,
  command: CommandOf<"release-order">,
  by: Caller,
): Outcome {
  const { orderId, reason = null, quantity: most } = command;
  const holds = facts.heldByOrder(orderId).filter((hold) => !by.ownOnly || hold.owner === by.actor);
  if (holds.length === 0) return { refusal: { code: "reservation_not_found", orderId } };
  // Its units may be sold in a moment: what is left to give back is known after that.
  if (holds.some((hold) => hold.prepared)) return { refusal: { code: "overloaded" } };
  const { levelById, quantity, ...given } = releaseEach(facts, holds, { reason, most });
  return {
    ...given,
    answer: { view: "order-release", orderId, quantity, reservations: given.reservations },
    levels: [...levelById.values()],
  };
}
