/** From a reservation's row to the data that events and views have, whichever release wrote it. */
import { RESERVATION_DEFAULTS, reservationDataSchema, type ReservationData } from "../domain/reservation";
import type { reservations } from "./schema";

export type ReservationRow = typeof reservations.$inferSelect;

/** Throws a `ZodError` or a `SyntaxError` when the row is not one that the ledger writes. */
export function reservationOfRow({ metadata, more, ...row }: ReservationRow): ReservationData {
  return reservationDataSchema.parse({
    ...RESERVATION_DEFAULTS,
    ...row,
    ...parsedObject(more),
    metadata: parsedObject(metadata),
  });
}

/** undefined: it is not one that the ledger writes. */
export function readableReservation(row: ReservationRow): ReservationData | undefined {
  try {
    return reservationOfRow(row);
  } catch {
    return undefined;
  }
}

function parsedObject(json: string | null): object | null {
  return json === null ? null : JSON.parse(json);
}
