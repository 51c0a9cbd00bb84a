import type { CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { emptyLevel } from "../level";

/** Sets a level's safety stock and backorder limit; a location without a level gets one. */
export function decideSetLevel(facts: LiveFacts, command: CommandOf<"set-level">): Outcome {
  const { locationId } = command;
  const known = facts.level(locationId);
  const level = known ?? emptyLevel(locationId);
  const safetyStock = command.safetyStock ?? level.safetyStock;
  const backorderLimit = command.backorderLimit ?? level.backorderLimit;
  const same = safetyStock === level.safetyStock && backorderLimit === level.backorderLimit;
  if (known && same) return { events: [], answer: { view: "stock" } };
  const after = { ...level, safetyStock, backorderLimit };
  return {
    events: [{ type: "product.updated", data: { locationId, safetyStock, backorderLimit }, level: after }],
    answer: { view: "stock" },
    levels: [after],
  };
}
