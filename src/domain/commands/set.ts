import type { CommandOf } from "../command";
import { isRefused, type LiveFacts, type Outcome } from "../decision";
import { emptyLevel } from "../level";
import { decideCount } from "./count";
import { decideEdit } from "./edit";

/** Edits the catalog entry and counts one level, both or neither. */
export function decideSet(facts: LiveFacts, { patch, count }: CommandOf<"set">): Outcome {
  const edited = decideEdit(facts, { verb: "edit", patch });
  if (isRefused(edited)) return edited;
  if (!count) return { ...edited, answer: { view: "stock" } };
  const { reserved, safetyStock } = facts.level(count.locationId) ?? emptyLevel(count.locationId);
  // What must be on hand for so many to be available.
  const newQuantity = "available" in count ? count.available + reserved + safetyStock : count.newQuantity;
  const counted = decideCount(facts, { ...count, verb: "count", newQuantity });
  if (isRefused(counted)) return counted;
  return { ...edited, ...counted, events: [...edited.events, ...counted.events] };
}
