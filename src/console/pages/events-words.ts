/** What an event says, in few words: what changed, and why. */
import type { BookEvent } from "../../client/wire-events.ts";
import { shownChange, shownCount, shownNumber, shownTime } from "../format.ts";

export const EVENT_TYPES = [
  "product.created",
  "product.updated",
  "product.deleted",
  "stock.adjusted",
  "stock.counted",
  "stock.transferred",
  "stock.low",
  "stock.recovered",
  "stock.depleted",
  "stock.available",
  "stock.overstocked",
  "reservation.held",
  "reservation.resized",
  "reservation.extended",
  "reservation.confirmed",
  "reservation.released",
  "reservation.expired",
  "reservation.returned",
  "webhook.disabled",
] as const satisfies readonly BookEvent["type"][];

export function whatOf(event: BookEvent): string {
  switch (event.type) {
    case "product.created":
      return event.data.name;
    case "product.updated":
      return updated(event.data);
    case "product.deleted":
      return said(event.data.forced ? "with stock on hand" : "", event.data.reason);
    case "stock.adjusted":
      return said(
        `${shownChange(event.data.delta)} ${event.data.reason ?? event.data.type}`,
        event.data.reference,
      );
    case "stock.counted":
      return `${shownNumber(event.data.after)} on hand, was ${shownNumber(event.data.before)}`;
    case "stock.transferred": {
      const { quantity, fromLocationId, toLocationId, reason } = event.data;
      return said(`${units(quantity)} from ${fromLocationId} to ${toLocationId}`, reason);
    }
    case "stock.low":
    case "stock.recovered":
    case "stock.depleted":
    case "stock.available":
      return `${shownNumber(event.data.available)} available, low below ${shownNumber(event.data.minimumStockLevel)}`;
    case "stock.overstocked":
      return `${shownNumber(event.data.onHand)} on hand, high above ${shownNumber(event.data.maximumStockLevel ?? 0)}`;
    case "webhook.disabled":
      return said(event.data.host, event.data.reason?.replaceAll("_", " ") ?? null);
    default:
      return hold(event);
  }
}

type HoldEvent = Extract<BookEvent, { data: { reservationId: string } }>;

function hold(event: HoldEvent): string {
  const { orderId } = event.data;
  const order = orderId === null ? null : `order ${orderId}`;
  switch (event.type) {
    case "reservation.held":
      return said(units(event.data.held), order);
    case "reservation.resized":
      return said(`${units(event.data.held)}, was ${shownNumber(event.data.before)}`, order);
    case "reservation.extended": {
      const { expiresAt } = event.data;
      return said(expiresAt === null ? "no expiry" : `until ${shownTime(Date.parse(expiresAt))}`, order);
    }
    case "reservation.confirmed":
      return said(units(event.data.confirmedQuantity), order);
    case "reservation.released":
      return said(units(event.data.releasedQuantity), order, event.data.reason);
    case "reservation.expired":
      return said(units(event.data.expiredQuantity), order);
    case "reservation.returned":
      return said(
        units(event.data.returnedQuantity),
        order,
        `${event.data.reason}${event.data.restock ? "" : ", not put back"}`,
      );
  }
}

function updated(data: Extract<BookEvent, { type: "product.updated" }>["data"]): string {
  if ("changes" in data) return Object.keys(data.changes).join(", ");
  if ("removed" in data) return `level at ${data.locationId} removed`;
  const { locationId, safetyStock, backorderLimit } = data;
  return `${locationId}: safety ${shownNumber(safetyStock)}, backorder up to ${shownNumber(backorderLimit)}`;
}

function units(count: number): string {
  return shownCount(count, "unit");
}

function said(...parts: (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== "").join(", ");
}
