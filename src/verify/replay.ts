/**
 * A product's history replayed: from its events alone to its catalog entry, its levels and its reservations. A history that
 * does not begin at version 1 (older events are no longer kept) knows less: what no kept event says stays unknown, and the
 * first event with a level gives its numbers; from there on movements are added up as ever.
 */
import * as z from "zod";
import { parseEvent, type EventData, type LoggedEvent } from "../domain/events/event";
import type { Step } from "../domain/events/movement";
import type { Level } from "../domain/level";
import type { CatalogFields } from "../domain/product";
import { reservationDataSchema, type ReservationData } from "../domain/reservation";

/** A level as far as events say. */
export type ReplayedLevel = Partial<Omit<Level, "locationId">>;

/** A reservation after its last event. What never changes and decides nothing (metadata, when it was made) is left out. */
const snapshotSchema = reservationDataSchema.omit({
  reservationId: true,
  createdAt: true,
  metadata: true,
  owner: true,
});
/** `version` is that of its last event. */
export type ReservationSnapshot = z.output<typeof snapshotSchema> & { version: number };

export const SNAPSHOT_FIELDS = snapshotSchema.keyof().options;

export function reservationSnapshot(data: ReservationData, version: number): ReservationSnapshot {
  return { ...snapshotSchema.parse(data), version };
}

export interface Replay {
  /** Every event from version 1 on was there to be replayed. */
  readonly complete: boolean;
  events: number;
  /** Of the last event. */
  version: number;
  /** Versions that should have been there to be read, first and last of each gap. */
  gaps: [from: number, to: number][];
  /** undefined: not known. */
  deleted: boolean | undefined;
  fields: Partial<CatalogFields>;
  /** By location; null: it was removed. */
  levels: Map<string, ReplayedLevel | null>;
  /** There are no levels but these. */
  allLevels: boolean;
  reservations: Map<string, ReservationSnapshot>;
  /** Units of active holds by location, from the reservations alone. */
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

/** Replays an event as the book has it; one that cannot be read is as good as missing. */
export function replayRow(replay: Replay, row: { version: number; body: string }): void {
  const { version, body } = row;
  try {
    const event = parseEvent(body);
    if (event.version !== version) throw new Error("an event of another version");
    replayEvent(replay, event);
  } catch {
    replay.gaps.push([version, version]);
    replay.version = version;
  }
}

/** Replays one event more; events come by version, ascending. */
export function replayEvent(replay: Replay, event: LoggedEvent): void {
  const last = versionBefore(event);
  if (last > replay.version) replay.gaps.push([replay.version + 1, last]);
  replay.version = event.version;
  replay.events += 1;
  switch (event.type) {
    case "product.created":
      return replayCreated(replay, event.data);
    case "product.updated":
      return replayUpdated(replay, event.data, event.level);
    case "product.deleted":
      replay.deleted = true;
      replay.allLevels = true;
      return replay.levels.clear();
    case "stock.adjusted":
    case "stock.counted":
      return replayStep(replay, event.data, { locationId: event.data.locationId, level: event.level });
    case "stock.transferred": {
      const { fromLocationId, toLocationId, from, to } = event.data;
      replayStep(replay, from, { locationId: fromLocationId, level: event.level });
      return replayStep(replay, to, { locationId: toLocationId, level: event.level });
    }
    case "reservation.held":
    case "reservation.resized":
    case "reservation.extended":
    case "reservation.released":
    case "reservation.expired":
      replayReservation(replay, event.data, event.version);
      return replayMention(replay, event.level);
    case "reservation.confirmed":
    case "reservation.returned": {
      replayReservation(replay, event.data, event.version);
      const { movement, locationId } = event.data;
      // What comes back without being put on the shelf may name a level that is no longer there.
      if (movement)
        replayStep(replay, movement, { locationId: movement.locationId ?? locationId, level: event.level });
      return;
    }
    case "stock.low":
    case "stock.recovered":
    case "stock.depleted":
    case "stock.available":
    case "stock.overstocked":
    case "webhook.disabled":
      return;
    default:
      return event satisfies never;
  }
}

/** What is reserved at a location: the sum of its holds, or what the last event said where not all holds are known. */
export function replayedReserved(replay: Replay, locationId: string): number | undefined {
  if (replay.complete) return replay.held.get(locationId) ?? 0;
  return replay.levels.get(locationId)?.reserved;
}

/** The version before the event: an object that was restored from the book leaves some out. */
function versionBefore({ version, type, data }: LoggedEvent): number {
  const restoredAfter = type === "product.updated" && "changes" in data ? data.restoredAfter : undefined;
  return restoredAfter ?? version - 1;
}

function replayCreated(replay: Replay, { locationIds, ...fields }: EventData<"product.created">): void {
  replay.deleted = false;
  replay.fields = fields;
  replay.allLevels = true;
  replay.levels = new Map(locationIds.map((id) => [id, newLevel()]));
}

function replayUpdated(replay: Replay, data: EventData<"product.updated">, level: Level | null): void {
  if ("changes" in data) Object.assign(replay.fields, data.changes);
  else if ("removed" in data) replay.levels.set(data.locationId, null);
  else if (level) {
    // Safety stock and backorder limit; a location without a level gets one.
    const { locationId, onHand, reserved, safetyStock, backorderLimit } = level;
    const known = levelAt(replay, locationId);
    replay.levels.set(locationId, { onHand, ...known, reserved, safetyStock, backorderLimit });
  }
}

/**
 * What is on hand moves by the difference; where nothing was known, to what it is afterwards. The event's level may be that of
 * another place.
 */
function replayStep(replay: Replay, step: Step, place: { locationId: string; level: Level | null }): void {
  const { locationId } = place;
  const level = place.level?.locationId === locationId ? place.level : null;
  const known = levelAt(replay, locationId);
  const onHand = known.onHand === undefined ? step.after : known.onHand + step.after - step.before;
  if (!level) return void replay.levels.set(locationId, { ...known, onHand });
  const { safetyStock, backorderLimit, reserved } = level;
  const rules = replay.allLevels ? {} : { safetyStock, backorderLimit };
  replay.levels.set(locationId, { ...rules, ...known, reserved, onHand });
}

function replayReservation(replay: Replay, data: ReservationData, version: number): void {
  const before = replay.reservations.get(data.reservationId);
  if (before) addHeld(replay, before.locationId, -before.held);
  addHeld(replay, data.locationId, data.held);
  replay.reservations.set(data.reservationId, reservationSnapshot(data, version));
}

/** A level that an event mentions without changing it; it makes none. */
function replayMention(replay: Replay, level: Level | null): void {
  if (!level) return;
  const known = replay.levels.get(level.locationId);
  if (known === null || (known === undefined && replay.allLevels)) return;
  const { locationId, reserved, ...mentioned } = level;
  replay.levels.set(locationId, { ...mentioned, ...known, reserved });
}

/** What is known of the level; one that does not exist begins with nothing. */
function levelAt(replay: Replay, locationId: string): ReplayedLevel {
  const known = replay.levels.get(locationId);
  if (known) return known;
  return known === null || replay.allLevels ? newLevel() : {};
}

function newLevel(): ReplayedLevel {
  return { onHand: 0, reserved: 0, safetyStock: 0, backorderLimit: 0 };
}

function addHeld(replay: Replay, locationId: string, units: number): void {
  if (units !== 0) replay.held.set(locationId, (replay.held.get(locationId) ?? 0) + units);
}
