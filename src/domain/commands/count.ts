import type { CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { refuseOnHand, stepTo } from "../on-hand";
import { emptyLevel, isOversold } from "../level";

/** Somebody counted: what is on hand becomes what was found. */
export function decideCount(facts: LiveFacts, command: CommandOf<"count">): Outcome {
  const { locationId, newQuantity, reason, adjustedBy = null, force } = command;
  const level = facts.level(locationId) ?? emptyLevel(locationId);
  if (level.onHand === newQuantity) return { events: [], answer: { view: "stock" } };
  const refusal = refuseOnHand(facts, level, { to: newQuantity, force });
  if (refusal) return { refusal };
  const after = { ...level, onHand: newQuantity };
  const movement = { locationId, type: "count" as const, ...stepTo(level, newQuantity), reason };
  const data = { ...movement, adjustedBy, forced: force, oversold: isOversold(after) };
  return {
    events: [{ type: "stock.counted", data, level: after }],
    answer: { view: "stock" },
    levels: [after],
  };
}
