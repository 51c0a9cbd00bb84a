/**
 * Three sources for one product (its object, its events replayed, the book's rows) compared with each other: whatever they do
 * not say alike is a difference. A source may leave things out (undefined), and is then not compared there.
 */
import { stringify } from "safe-stable-stringify";
import { emptyLevel, totals, type Level } from "../domain/level";
import type { LevelUpdate } from "../domain/level-update";
import { availability, type CatalogFields, type Product } from "../domain/product";
import {
  replayedReserved,
  SNAPSHOT_FIELDS,
  type Replay,
  type ReplayedLevel,
  type ReservationSnapshot,
} from "./replay";

export interface Difference {
  /**
   * The field that differs; `product`, `level`, `reservation`: it is there or not; `event`: versions are missing;
   * `set_aside`: the book would not take the event.
   */
  what: string;
  locationId?: string;
  reservationId?: string;
  /** First and last version of events that are missing. */
  fromVersion?: number;
  toVersion?: number;
  /** What each source says; null: that there is none; left out: nothing. */
  object?: unknown;
  events?: unknown;
  book?: unknown;
}

/** What each source says; undefined: it is not compared. */
type Sources<T> = Partial<Record<"object" | "events" | "book", T | undefined>>;

/** A product and its levels as one source has them. */
export interface ProductSnapshot {
  deleted?: boolean | undefined;
  /** Catalog fields, and what else stands in the product's row. */
  fields: Partial<CatalogFields> & { catalogVersion?: number; createdAt?: number; updatedAt?: number };
  levels: ReadonlyMap<string, ReplayedLevel | null>;
  /** There are no levels but these. */
  allLevels: boolean;
  totals?: Pick<LevelUpdate, "onHand" | "reserved" | "available" | "onShelf" | "availability">;
}

/** The catalog entry, the levels and their sums. */
export function compareProducts(snapshots: Sources<ProductSnapshot>): Difference[] {
  const locationIds = new Set(known(snapshots).flatMap(({ levels }) => [...levels.keys()]));
  return [
    ...differ({ what: "deleted" }, snapshots, ({ deleted }) => deleted),
    ...differByField(snapshots, ({ fields }) => fields),
    ...differByField(snapshots, ({ totals = {} }) => totals),
    ...[...locationIds].toSorted().flatMap((locationId) => compareLevels(locationId, snapshots)),
  ];
}

function compareLevels(locationId: string, snapshots: Sources<ProductSnapshot>): Difference[] {
  const levelOf = ({ levels, allLevels }: ProductSnapshot) =>
    levels.get(locationId) ?? (allLevels ? null : levels.get(locationId));
  if (known(snapshots).map(levelOf).includes(null))
    return differ({ what: "level", locationId }, snapshots, levelOf);
  const names = ["onHand", "reserved", "safetyStock", "backorderLimit"] as const;
  return names.flatMap((name) =>
    differ({ what: name, locationId }, snapshots, (one) => levelOf(one)?.[name]),
  );
}

/** Reservations by id as one source has them. */
export interface ReservationIndex {
  reservations: ReadonlyMap<string, ReservationSnapshot>;
  /** Whether one that is not in it does not exist at all, is not an active hold, or may be anything. */
  without: (reservationId: string) => "none" | "not held" | "unknown";
}

export function compareReservations(indexes: Sources<ReservationIndex>): Difference[] {
  const ids = new Set(known(indexes).flatMap(({ reservations }) => [...reservations.keys()]));
  return [...ids].flatMap((reservationId) => compareReservation(reservationId, indexes));
}

function compareReservation(reservationId: string, indexes: Sources<ReservationIndex>): Difference[] {
  const entryOf = ({ reservations, without }: ReservationIndex) =>
    reservations.get(reservationId) ?? without(reservationId);
  if (known(indexes).map(entryOf).includes("none")) {
    return differ({ what: "reservation", reservationId }, indexes, (index) => {
      const entry = entryOf(index);
      return entry === "none" ? null : typeof entry === "string" ? undefined : entry;
    });
  }
  return SNAPSHOT_FIELDS.flatMap((name) =>
    differ({ what: name, reservationId }, indexes, (index) => {
      const entry = entryOf(index);
      if (typeof entry !== "string") return entry[name];
      return entry === "not held" && name === "held" ? 0 : undefined;
    }),
  );
}

function known<T>(sources: Sources<T>): T[] {
  return Object.values(sources).filter((one) => one !== undefined);
}

function differByField<T>(sources: Sources<T>, recordOf: (source: T) => object): Difference[] {
  const names = new Set(known(sources).flatMap((one) => Object.keys(recordOf(one))));
  return [...names].flatMap((name) =>
    differ({ what: name }, sources, (one): unknown => Reflect.get(recordOf(one), name)),
  );
}

/** One difference, if those that say something do not all say the same. */
function differ<T>(about: Difference, sources: Sources<T>, valueOf: (source: T) => unknown): Difference[] {
  const values = Object.entries(sources)
    .map(([source, one]) => [source, one === undefined ? undefined : valueOf(one)] as const)
    .filter(([, value]) => value !== undefined);
  const [, first] = values[0] ?? [];
  const agreed = values.every(([, value]) => value === first || canonical(value) === canonical(first));
  return agreed ? [] : [{ ...about, ...Object.fromEntries(values) }];
}

/** Equal for equal values, whatever the order of names. */
export function canonical(value: unknown): string {
  return stringify(value) ?? "";
}

/** The entry of a product as its object or the book stores it, with its levels. */
export function storedSnapshot(product: Product, levels: readonly Level[]) {
  const { fields, deleted, createdAt, updatedAt, catalogVersion } = product;
  return wholeSnapshot({ fields: { ...fields, createdAt, updatedAt, catalogVersion }, deleted, levels });
}

/** A whole snapshot: everything that is not in it is not there. */
export function wholeSnapshot(whole: {
  fields: CatalogFields & ProductSnapshot["fields"];
  deleted: boolean;
  levels: readonly Level[];
}) {
  const { fields, deleted, levels } = whole;
  const { onHand, reserved, available, onShelf } = totals(levels);
  return {
    deleted,
    fields,
    levels: new Map(levels.map(({ locationId, ...numbers }) => [locationId, numbers])),
    allLevels: true,
    totals: { onHand, reserved, available, onShelf, availability: availability(fields, levels) },
  };
}

/** Sums only where every level and every hold is known. */
export function replayedSnapshot(replay: Replay): ProductSnapshot {
  const levels = new Map(
    [...replay.levels].map(([locationId, level]) => [
      locationId,
      level && withReserved(replay, locationId, level),
    ]),
  );
  const { deleted, fields, allLevels } = replay;
  if (!replay.complete || !isWhole(fields)) return { fields, levels, allLevels, deleted };
  const whole = [...levels].flatMap(([locationId, level]) =>
    level ? [{ ...emptyLevel(locationId), ...level }] : [],
  );
  return wholeSnapshot({ fields, deleted: deleted ?? false, levels: whole });
}

function withReserved(replay: Replay, locationId: string, level: ReplayedLevel): ReplayedLevel {
  const { reserved: _, ...numbers } = level;
  const reserved = replayedReserved(replay, locationId);
  return reserved === undefined ? numbers : { ...numbers, reserved };
}

/** A history without its beginning does not say all fields, even where its versions are. */
function isWhole(fields: Partial<CatalogFields>): fields is CatalogFields {
  return fields.status !== undefined && fields.minimumStockLevel !== undefined;
}
