import { MAX_QUANTITY } from "../../limits";
import type { CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { emptyLevel } from "../level";
import { shortOf } from "../resolution";

/** Moves goods between locations, never holds: what is held stays where it was promised. */
export function decideTransfer(facts: LiveFacts, command: CommandOf<"transfer">): Outcome {
  const { fromLocationId, toLocationId, quantity, reason = null } = command;
  const from = facts.level(fromLocationId);
  if (!from)
    return { refusal: { code: "level_not_found", productId: facts.productId, locationId: fromLocationId } };
  const to = facts.level(toLocationId) ?? emptyLevel(toLocationId);
  if (fromLocationId === toLocationId) return { events: [], answer: { view: "stock" } };
  const free = from.onHand - from.reserved;
  if (quantity > free) return { refusal: shortOf(facts, from, { requested: quantity, available: free }) };
  if (to.onHand + quantity > MAX_QUANTITY) {
    return { refusal: { code: "quantity_out_of_range", locationId: toLocationId, limit: MAX_QUANTITY } };
  }
  const fromAfter = { ...from, onHand: from.onHand - quantity };
  const toAfter = { ...to, onHand: to.onHand + quantity };
  const data = {
    type: "transfer" as const,
    fromLocationId,
    toLocationId,
    quantity,
    reason,
    from: { before: from.onHand, after: fromAfter.onHand },
    to: { before: to.onHand, after: toAfter.onHand },
  };
  return {
    events: [{ type: "stock.transferred", data, level: fromAfter }],
    answer: { view: "stock" },
    levels: [fromAfter, toAfter],
  };
}
