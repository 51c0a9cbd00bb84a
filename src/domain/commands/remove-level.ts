import type { CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";

/** Removes a level that nothing stands on. */
export function decideRemoveLevel(facts: LiveFacts, command: CommandOf<"remove-level">): Outcome {
  const { locationId } = command;
  const level = facts.level(locationId);
  if (!level) return { refusal: { code: "level_not_found", productId: facts.productId, locationId } };
  const { onHand, reserved } = level;
  if (onHand !== 0 || reserved > 0)
    return { refusal: { code: "level_in_use", locationId, onHand, reserved } };
  return {
    events: [{ type: "product.updated", data: { locationId, removed: true }, level: null }],
    answer: { view: "stock" },
    removedLevels: [locationId],
  };
}
