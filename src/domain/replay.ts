/**
 * A product's history told again: from its events alone to its catalog entry, its levels and its reservations. A history that
 * does not begin at version 1 (older events are no longer kept) says less: what no kept event tells is left unsaid, and the
 * first that tells of a level gives its numbers; from there on movements are added up as ever.
 */
import type { EventType, Movement, reservationFacts } from "./event";
import type { CatalogFields, Level } from "./product";

/** An event as the book keeps it. */
export interface LoggedEvent {
  version: number;
  type: EventType;
  data: Record<string, unknown>;
  /** The level after it; `reserved` leaves out what had expired by then, swept or not. */
  level: Level | null;
}

/** A level as far as events tell of it. */
export type ToldLevel = Partial<Omit<Level, "locationId">>;

/** A reservation after its last event. What never changes and decides nothing (metadata, when it was made) is left out. */
export type ToldReservation = Omit<
  ReturnType<typeof reservationFacts>,
  "reservationId" | "createdAt" | "metadata" | "owner"
> & {
  /** Of its last event. */
  version: number;
};

export interface Replay {
  /** Every event from version 1 on was there to be told. */
  readonly complete: boolean;
  events: number;
  /** Of the last event. */
  version: number;
  /** Versions that should have been there to be read, first and last of each gap. */
  gaps: [from: number, to: number][];
  /** undefined: not said. */
  deleted: boolean | undefined;
  fields: Partial<CatalogFields>;
  /** By location; null: it was removed. */
  levels: Map<string, ToldLevel | null>;
  /** There are no levels but these. */
  allLevels: boolean;
  reservations: Map<string, ToldReservation>;
  /** Units of living holds by location, from the reservations alone. */
  held: Map<string, number>;
}

/** A replay that waits for the event after `afterVersion`; 0: the whole history. */
export function beginReplay(afterVersion: number): Replay {
  const complete = afterVersion === 0;
  return {
    complete,
    events: 0,
    version: afterVersion,
    gaps: [],
    deleted: undefined,
    fields: {},
    levels: new Map(),
    allLevels: complete,
    reservations: new Map(),
    held: new Map(),
  };
}

/** Tells an event as the book has it; one that cannot be read is as good as missing. */
export function tellRow(replay: Replay, row: { version: number; body: string }): void {
  const { version, body } = row;
  try {
    const event = JSON.parse(body) as LoggedEvent;
    if (event.version !== version) throw new Error("an event of another version");
    tell(replay, event);
  } catch {
    replay.gaps.push([version, version]);
    replay.version = version;
  }
}

/** Tells one event more; events come by version, ascending. */
export function tell(replay: Replay, event: LoggedEvent): void {
  if (event.version > replay.version + 1) replay.gaps.push([replay.version + 1, event.version - 1]);
  replay.version = event.version;
  replay.events += 1;
  const { data } = event;
  switch (event.type) {
    case "product.created":
      return tellCreated(replay, data);
    case "product.updated":
      return tellUpdated(replay, event);
    case "product.deleted":
      replay.deleted = true;
      replay.allLevels = true;
      return replay.levels.clear();
    case "stock.adjusted":
    case "stock.counted":
      return tellMovement(replay, event, data as unknown as Movement);
    case "stock.transferred":
      tellMovement(replay, at(event, data["fromLocationId"]), data["from"] as Step);
      return tellMovement(replay, at(event, data["toLocationId"]), data["to"] as Step);
    default:
      if (event.type.startsWith("reservation.")) tellReservation(replay, event);
  }
}

/** What is reserved at a location: the sum of its holds, or what the last event said where not all holds are known. */
export function toldReserved(replay: Replay, locationId: string): number | undefined {
  if (replay.complete) return replay.held.get(locationId) ?? 0;
  return replay.levels.get(locationId)?.reserved;
}

function tellCreated(replay: Replay, data: Record<string, unknown>): void {
  const { locationIds, ...fields } = data;
  replay.deleted = false;
  replay.fields = fields;
  replay.allLevels = true;
  replay.levels = new Map((locationIds as string[]).map((id) => [id, newLevel()]));
}

function tellUpdated(replay: Replay, event: LoggedEvent): void {
  const { changes, locationId, removed } = event.data;
  if (changes !== undefined) Object.assign(replay.fields, changes);
  if (typeof locationId !== "string") return;
  if (removed === true) replay.levels.set(locationId, null);
  else tellRules(replay, event);
}

/** Safety stock and backorder limit; a location without a level gets one. */
function tellRules(replay: Replay, { level }: LoggedEvent): void {
  if (!level) return;
  const { locationId, onHand, reserved, safetyStock, backorderLimit } = level;
  const known = levelAt(replay, locationId);
  replay.levels.set(locationId, { onHand, ...known, reserved, safetyStock, backorderLimit });
}

interface Step {
  before: number;
  after: number;
}

/** What is on hand moves by the difference; where nothing was known, to what it is afterwards. */
function tellMovement(
  replay: Replay,
  { data, level }: Pick<LoggedEvent, "data" | "level">,
  step: Step,
): void {
  const locationId = String(data["locationId"]);
  const known = levelAt(replay, locationId);
  const onHand = known.onHand === undefined ? step.after : known.onHand + step.after - step.before;
  replay.levels.set(locationId, { ...toldBy(replay, level), ...known, ...latestReserved(level), onHand });
}

/** The same event as one of its places sees it: its level may be that of another. */
function at({ data, level }: LoggedEvent, locationId: unknown): Pick<LoggedEvent, "data" | "level"> {
  const here = level?.locationId === locationId ? level : null;
  return { data: { ...data, locationId }, level: here };
}

function tellReservation(replay: Replay, event: LoggedEvent): void {
  const { data, level, version } = event;
  const told = data as unknown as ReturnType<typeof reservationFacts>;
  const before = replay.reservations.get(told.reservationId);
  if (before) addHeld(replay, before.locationId, -before.held);
  addHeld(replay, told.locationId, told.held);
  replay.reservations.set(told.reservationId, {
    locationId: told.locationId,
    orderId: told.orderId,
    customerId: told.customerId,
    state: told.state,
    quantity: told.quantity,
    held: told.held,
    confirmed: told.confirmed,
    released: told.released,
    returned: told.returned,
    expiresAt: told.expiresAt,
    version,
  });
  const movement = data["movement"] as Movement | undefined;
  if (movement) tellMovement(replay, at(event, movement.locationId ?? told.locationId), movement);
  // What comes back without being put on the shelf may be told of a level that is no longer there.
  else if (level && event.type !== "reservation.returned") tellLevel(replay, level);
}

/** A level that an event mentions without changing it; it makes none. */
function tellLevel(replay: Replay, level: Level): void {
  const known = replay.levels.get(level.locationId);
  if (known === null || (known === undefined && replay.allLevels)) return;
  const { onHand, safetyStock, backorderLimit } = level;
  const told = { onHand, safetyStock, backorderLimit };
  replay.levels.set(level.locationId, { ...told, ...known, ...latestReserved(level) });
}

/** What is known of the level; one that does not exist begins with nothing. */
function levelAt(replay: Replay, locationId: string): ToldLevel {
  const known = replay.levels.get(locationId);
  if (known) return known;
  return known === null || replay.allLevels ? newLevel() : {};
}

function toldBy(replay: Replay, level: Level | null): ToldLevel {
  if (replay.allLevels || !level) return {};
  return { safetyStock: level.safetyStock, backorderLimit: level.backorderLimit };
}

function latestReserved(level: Level | null): ToldLevel {
  return level ? { reserved: level.reserved } : {};
}

function newLevel(): ToldLevel {
  return { onHand: 0, reserved: 0, safetyStock: 0, backorderLimit: 0 };
}

function addHeld(replay: Replay, locationId: string, units: number): void {
  if (units !== 0) replay.held.set(locationId, (replay.held.get(locationId) ?? 0) + units);
}
