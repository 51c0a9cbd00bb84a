/** Facts about one product as plain data: what a decision needs, without an object. */
import type { Facts } from "../../src/domain/decision";
import { DEFAULT_FIELDS, type CatalogFields } from "../../src/domain/product";
import { emptyLevel, type Level } from "../../src/domain/level";
import { newHold, type Reservation } from "../../src/domain/reservation";

export const NOW = Date.parse("2026-05-01T12:00:00.000Z");
export const ULID = "01JT5X7K9M0000000000000001";
export const OTHER_ULID = "01JT5X7K9M0000000000000002";

export interface Given {
  fields?: Partial<CatalogFields>;
  levels?: (Partial<Level> & { locationId: string })[];
  holds?: Partial<Reservation>[];
  customerUnits?: number;
  preparedUnits?: number;
  absent?: boolean;
}

export function hold(given: Partial<Reservation> = {}): Reservation {
  const createdAt = NOW - 1000;
  const times = { createdAt, chainStartedAt: createdAt, expiresAt: NOW + 60_000 };
  const made = newHold(
    { ulid: ULID, locationId: "main", quantity: 3, ...times, owner: "", extensions: 0 },
    {},
  );
  return { ...made, owner: null, version: 2, ...given };
}

export function facts(given: Given = {}): Facts {
  const levels = (given.levels ?? [{ locationId: "main", onHand: 10, reserved: 3 }]).map((level) => ({
    ...emptyLevel(level.locationId),
    ...level,
  }));
  const holds = (given.holds ?? [{}]).map(hold);
  const living = holds.filter((one) => one.held > 0);
  const fields = { ...DEFAULT_FIELDS, name: "P", ...given.fields };
  const product = { fields, createdAt: NOW, updatedAt: NOW, catalogVersion: 1, deleted: false };
  return {
    productId: "P",
    now: NOW,
    product: given.absent ? undefined : product,
    levels,
    level: (locationId) => levels.find((level) => level.locationId === locationId),
    newUlid: () => OTHER_ULID,
    reservation: (ulid) => holds.find((one) => one.ulid === ulid),
    heldByOrder: (orderId) => living.filter((one) => one.orderId === orderId),
    activeHolds: (limit, locationId) =>
      living.filter((one) => locationId === undefined || one.locationId === locationId).slice(0, limit),
    preparedUnits: () => given.preparedUnits ?? 0,
    customerUnits: () => given.customerUnits ?? 0,
  };
}
