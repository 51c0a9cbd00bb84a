import type { EventDraft } from "../events/event";
import { reservationData, type Reservation, expired } from "../reservation";
import type { Level } from "../level";

/** Ends holds whose time has passed: one event each. `levels` are the levels as they are without them. */
export function expireHolds(
  productId: string,
  due: readonly Reservation[],
  levels: ReadonlyMap<string, Level>,
) {
  const events: EventDraft[] = [];
  const reservations: Reservation[] = [];
  for (const hold of due) {
    const after = expired(hold);
    reservations.push(after);
    events.push({
      type: "reservation.expired",
      data: { ...reservationData(productId, after), expiredQuantity: hold.held },
      level: levels.get(hold.locationId) ?? null,
    });
  }
  return { events, reservations };
}
