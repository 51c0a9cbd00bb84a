/**
 * Three witnesses of one product (its object, its events told again, the book's rows) held against each other: whatever they
 * do not say alike is a difference. A witness may leave things unsaid (undefined), and is then not asked about them.
 */
import {
  availability,
  totals,
  type Availability,
  type CatalogFields,
  type Level,
  type Reservation,
} from "./product";
import { reservationFacts } from "./event";
import { toldReserved, type Replay, type ToldLevel, type ToldReservation } from "./replay";

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
  /** What each witness says; null: that there is none; left out: nothing. */
  object?: unknown;
  events?: unknown;
  book?: unknown;
}

export type Witness = "object" | "events" | "book";

/** What one witness says of a product and its levels. */
export interface Account {
  deleted?: boolean;
  /** Catalog fields, and what else stands in the product's row. */
  fields: Partial<CatalogFields> & { catalogVersion?: number; createdAt?: number; updatedAt?: number };
  levels: ReadonlyMap<string, ToldLevel | null>;
  /** There are no levels but these. */
  allLevels: boolean;
  totals?: Totals;
}

export interface Totals {
  onHand: number;
  reserved: number;
  available: number;
  onShelf: number;
  availability: Availability;
}

/** A product's object by its own word, at one moment. */
export interface Audit {
  version: number;
  /** Up to here the object knows the book to be. */
  settledVersion: number;
  /** null: it was never written. */
  product: {
    fields: CatalogFields;
    deleted: boolean;
    createdAt: number;
    updatedAt: number;
    catalogVersion: number;
  } | null;
  /** `reserved` counts every hold that is not swept yet, as the book does. */
  levels: Level[];
  holdCount: number;
  /** Holds that are not swept yet; null: too many to tell. */
  holds: ToldHold[] | null;
  /** Events that the book would not take, and why; of very many only the first. */
  setAside: { version: number; reason: string }[];
  setAsideCount: number;
}

export type ToldHold = ToldReservation & { reservationId: string };

type Accounts = Partial<Record<Witness, Account>>;

/** The catalog entry, the levels and their sums. */
export function compareAccounts(accounts: Accounts): Difference[] {
  const said = Object.values(accounts);
  const fieldNames = new Set(said.flatMap(({ fields }) => Object.keys(fields))) as Set<
    keyof Account["fields"]
  >;
  const locationIds = [...new Set(said.flatMap(({ levels }) => [...levels.keys()]))].sort();
  const totalNames = ["onHand", "reserved", "available", "onShelf", "availability"] as const;
  return [
    ...differ({ what: "deleted" }, accounts, ({ deleted }) => deleted),
    ...[...fieldNames].flatMap((name) => differ({ what: name }, accounts, ({ fields }) => fields[name])),
    ...totalNames.flatMap((name) => differ({ what: name }, accounts, (account) => account.totals?.[name])),
    ...locationIds.flatMap((locationId) => compareLevels(locationId, accounts)),
  ];
}

function compareLevels(locationId: string, accounts: Accounts): Difference[] {
  const levelOf = ({ levels, allLevels }: Account) =>
    levels.get(locationId) ?? (allLevels ? null : levels.get(locationId));
  const there = Object.values(accounts).map(levelOf);
  if (there.includes(null)) return differ({ what: "level", locationId }, accounts, levelOf);
  const names = ["onHand", "reserved", "safetyStock", "backorderLimit"] as const;
  return names.flatMap((name) =>
    differ({ what: name, locationId }, accounts, (account) => levelOf(account)?.[name]),
  );
}

/** Reservations by id as one witness has them. */
export interface Register {
  reservations: ReadonlyMap<string, ToldReservation>;
  /** Whether one that is not in it does not exist at all, is not a living hold, or may be anything. */
  without: (reservationId: string) => "none" | "not held" | "unsaid";
}

const RESERVATION_FIELDS = [
  "locationId",
  "orderId",
  "customerId",
  "state",
  "quantity",
  "held",
  "confirmed",
  "released",
  "returned",
  "expiresAt",
] as const satisfies readonly (keyof ToldReservation)[];

export function compareReservations(registers: Partial<Record<Witness, Register>>): Difference[] {
  const all = Object.values(registers);
  const ids = new Set(all.flatMap(({ reservations }) => [...reservations.keys()]));
  return [...ids].flatMap((reservationId) => {
    const told = mapValues(
      registers,
      (register) => register.reservations.get(reservationId) ?? register.without(reservationId),
    );
    const values = Object.values(told);
    if (values.includes("none")) {
      return differ({ what: "reservation", reservationId }, told, (one) =>
        one === "none" ? null : one === "unsaid" || one === "not held" ? undefined : one,
      );
    }
    return RESERVATION_FIELDS.flatMap((name) =>
      differ({ what: name, reservationId }, told, (one) => {
        if (typeof one !== "string") return one[name];
        return one === "not held" && name === "held" ? 0 : undefined;
      }),
    );
  });
}

/** One difference, if those who say something do not all say the same. */
function differ<T>(
  about: Difference,
  witnesses: Partial<Record<Witness, T>>,
  valueOf: (witness: T) => unknown,
): Difference[] {
  const said = Object.entries(witnesses)
    .map(([witness, one]) => [witness, valueOf(one)] as const)
    .filter(([, value]) => value !== undefined);
  const [, first] = said[0] ?? [];
  const agreed = said.every(([, value]) => value === first || canonical(value) === canonical(first));
  return agreed ? [] : [{ ...about, ...Object.fromEntries(said) }];
}

/** Equal for equal values, whatever the order of names. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function mapValues<T, R>(
  record: Partial<Record<Witness, T>>,
  of: (value: T) => R,
): Partial<Record<Witness, R>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value)]));
}

/** Of an object that was written once. */
export function accountOfAudit({ product, levels }: Audit): Account | undefined {
  if (!product) return undefined;
  const { fields, deleted, createdAt, updatedAt, catalogVersion } = product;
  return accountOf({ fields: { ...fields, createdAt, updatedAt, catalogVersion }, deleted, levels });
}

/** A whole account: everything that is not in it is not there. */
export function accountOf(known: {
  fields: CatalogFields & Account["fields"];
  deleted: boolean;
  levels: readonly Level[];
}): Account & { totals: Totals } {
  const { fields, deleted, levels } = known;
  return {
    deleted,
    fields,
    levels: new Map(levels.map(({ locationId, ...numbers }) => [locationId, numbers])),
    allLevels: true,
    totals: { ...sums(levels), availability: availability(fields, levels) },
  };
}

function sums(levels: readonly Level[]) {
  const { onHand, reserved, available, onShelf } = totals(levels);
  return { onHand, reserved, available, onShelf };
}

/** Sums only where every level and every hold is known. */
export function accountOfReplay(replay: Replay): Account {
  const levels = new Map(
    [...replay.levels].map(([locationId, told]) => [
      locationId,
      told && withReserved(replay, locationId, told),
    ]),
  );
  const { deleted, fields, allLevels } = replay;
  const account = { fields, levels, allLevels, ...(deleted !== undefined && { deleted }) };
  if (!replay.complete || !isWhole(fields)) return account;
  return { ...accountOf({ fields, deleted: deleted ?? false, levels: wholeLevels(levels) }) };
}

function withReserved(replay: Replay, locationId: string, told: ToldLevel): ToldLevel {
  const { reserved: _, ...numbers } = told;
  const reserved = toldReserved(replay, locationId);
  return reserved === undefined ? numbers : { ...numbers, reserved };
}

function wholeLevels(levels: ReadonlyMap<string, ToldLevel | null>): Level[] {
  return [...levels].flatMap(([locationId, told]) =>
    told ? [{ locationId, onHand: 0, reserved: 0, safetyStock: 0, backorderLimit: 0, ...told }] : [],
  );
}

/** A history without its beginning does not say all fields, even where its versions are. */
function isWhole(fields: Partial<CatalogFields>): fields is CatalogFields {
  return fields.status !== undefined && fields.minimumStockLevel !== undefined;
}

/** A reservation of the object, in the words of its events. */
export function toldHold(productId: string, reservation: Reservation): ToldHold {
  const { createdAt: _, metadata: __, owner: ___, ...told } = reservationFacts(productId, reservation);
  return { ...told, version: reservation.version };
}
