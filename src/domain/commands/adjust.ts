import type { CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { refuseOnHand, stepTo } from "../on-hand";
import { emptyLevel, isOversold } from "../level";

/** Goods came or went: a signed change of what is on hand, with its type and reason. */
export function decideAdjust(facts: LiveFacts, command: CommandOf<"adjust">): Outcome {
  const { locationId, type, reason, reference = null, force } = command;
  const level = facts.level(locationId) ?? emptyLevel(locationId);
  const to = level.onHand + command.delta;
  const refusal = refuseOnHand(facts, level, { to, force });
  if (refusal) return { refusal };
  const after = { ...level, onHand: to };
  const movement = { locationId, type, ...stepTo(level, to), reason };
  const data = { ...movement, reference, forced: force, oversold: isOversold(after) };
  return {
    events: [{ type: "stock.adjusted", data, level: after }],
    answer: { view: "stock" },
    levels: [after],
  };
}
