import type { CommandOf } from "../command";
import { holdChanged, holdUnchanged, type HoldFacts, type LiveFacts, type Outcome } from "../decision";
import { reservationData, type Reservation } from "../reservation";
import { alreadyResolved, shortOf } from "../resolution";
import { shippable, sold } from "./confirm";

/**
 * The first half of confirming an order: the hold lives on for a while, its units are there and stay its own, and nobody
 * but the order's coordinator may touch it. What is refused here would have been refused by the confirm.
 */
export function decidePrepare({ facts, hold }: HoldFacts, command: CommandOf<"prepare">): Outcome {
  const { productId, now } = facts;
  if (hold.state !== "held") return { refusal: alreadyResolved(productId, hold) };
  if (hold.prepared) return holdUnchanged(hold);
  const { locationId } = hold;
  const level = facts.level(locationId);
  if (!level) return { refusal: { code: "level_not_found", productId, locationId } };
  const there = shippable(facts, level);
  if (there < hold.held)
    return { refusal: shortOf(facts, level, { requested: hold.held, available: there }) };
  const until = now + command.forSeconds * 1000;
  const expiresAt = hold.expiresAt === null ? null : Math.max(hold.expiresAt, until);
  return moved(facts, hold, { after: { ...hold, expiresAt, prepared: { expiresAt: hold.expiresAt } } });
}

/** The order is not confirmed after all: the hold is as it was. */
export function decideAbort({ facts, hold }: HoldFacts, { reason }: CommandOf<"abort">): Outcome {
  if (!hold.prepared) return holdUnchanged(hold);
  // A hold whose own time has passed meanwhile expires in the next moment, as it would have.
  const expiresAt =
    hold.prepared.expiresAt === null ? null : Math.max(hold.prepared.expiresAt, facts.now + 1);
  return moved(facts, hold, { after: { ...hold, expiresAt, prepared: null }, reason });
}

/**
 * The second half. Decided is decided: the units go even if the hold has expired because its coordinator was away for longer
 * than it was prepared for, since other parts of the order may be sold already.
 */
export function decideConfirmPrepared({ facts, hold }: HoldFacts): Outcome {
  const { productId } = facts;
  if (hold.state !== "held" && hold.state !== "expired") return { refusal: alreadyResolved(productId, hold) };
  const { locationId } = hold;
  const level = facts.level(locationId);
  if (!level) return { refusal: { code: "level_not_found", productId, locationId } };
  return sold(facts, hold, { level });
}

/** Only a hold whose expiry moves is a change in the book. */
function moved(
  facts: LiveFacts,
  hold: Reservation,
  { after, reason }: { after: Reservation; reason?: string | undefined },
): Outcome {
  const data = {
    ...reservationData(facts.productId, after),
    before: hold.expiresAt === null ? null : new Date(hold.expiresAt).toISOString(),
    pinned: after.prepared !== null,
    ...(reason !== undefined && { reason }),
  };
  const level = facts.level(hold.locationId) ?? null;
  const changed = holdChanged(after, { type: "reservation.extended", data, level });
  return after.expiresAt === hold.expiresAt ? { ...changed, events: [] } : changed;
}
