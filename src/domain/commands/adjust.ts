import type { CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { refuseOnHand } from "../on-hand";
import { emptyLevel, isOversold } from "../level";

/** Goods came or went: a signed change of what is on hand, with its type and reason. */
export function decideAdjust(facts: LiveFacts, command: CommandOf<"adjust">): Outcome {
  const { locationId, delta, type, reason, reference, force } = command;
  const level = facts.level(locationId) ?? emptyLevel(locationId);
  const to = level.onHand + delta;
  const refusal = refuseOnHand(facts, level, { to, force });
  if (refusal) return { refusal };
  const after = { ...level, onHand: to };
  return {
    events: [
      {
        type: "stock.adjusted",
        data: {
          locationId,
          type,
          delta,
          before: level.onHand,
          after: to,
          reason,
          reference: reference ?? null,
          forced: force,
          oversold: isOversold(after),
        },
        level: after,
      },
    ],
    answer: { view: "stock" },
    levels: [after],
  };
}
