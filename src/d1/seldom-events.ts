/**
 * Events that most orders have none of: the index has those of one kind together, by offset. A kind is the type of the movement,
 * or else of the event. Where an order's own events are looked for, which are many, a window of the log has some.
 */
import { and, eq, sql, type SQL } from "drizzle-orm";
import type { EventType } from "../domain/events/event";
import type { MovementType } from "../domain/events/movement";
import { events } from "./schema";

/** As the index says it, to the letter: else it is not used. */
const kind = sql`CASE WHEN ${events.movement} IS NULL THEN ${events.type} ELSE ${events.movement} END`;
const isSeldom = sql`${events.movement} IS NOT 'sale' AND ${events.type} NOT IN ('reservation.held', 'reservation.extended', 'reservation.confirmed', 'reservation.released', 'reservation.expired')`;

/** What finds movements of a type by the index; undefined: it has not all of them. */
export function seldomMovements(type: MovementType | undefined): SQL | undefined {
  return type === undefined || type === "sale" ? undefined : ofKind(type);
}

/** Types whose events never move goods, and are seldom. */
const SELDOM: ReadonlySet<EventType> = new Set<EventType>([
  "product.created",
  "product.updated",
  "product.deleted",
  "stock.low",
  "stock.recovered",
  "stock.depleted",
  "stock.available",
  "stock.overstocked",
  "reservation.resized",
  "webhook.disabled",
]);

/** What finds events of a type by the index; undefined: it has not all of them. */
export function seldomEvents(type: EventType | undefined): SQL | undefined {
  return type !== undefined && SELDOM.has(type) ? ofKind(type) : undefined;
}

function ofKind(name: string): SQL | undefined {
  return and(eq(kind, name), isSeldom);
}
