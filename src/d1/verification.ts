/**
 * Verifying: a product's object, its events told again and the book's rows are compared, each pair at a version that both have
 * been at, so that a product may go on changing meanwhile. The object is asked through what it is given as, since those who
 * ask (routes, jobs) reach objects by stubs.
 */
import {
  accountOf,
  accountOfAudit,
  accountOfReplay,
  compareAccounts,
  compareReservations,
  type Account,
  type Audit,
  type Difference,
  type Register,
} from "../domain/comparison";
import { beginReplay, tellRow, type Replay } from "../domain/replay";
import {
  AUDIT_TIMEOUT_MS,
  MAX_DIFFERENCES_LISTED,
  MAX_REPLAYED_EVENTS,
  VERIFY_PAUSE_MS,
  VERIFY_TRIES,
} from "../limits";
import { pause, withTimeout } from "../timeout";
import { readHistory, readStanding, type Standing } from "./standing";

/** The object's door for the verifier. */
export interface Auditable {
  /** Carries to the book what it can, then says what is true. */
  audit(): Promise<Audit>;
}

export interface Verification {
  productId: string;
  /** The object's, when it was asked; 0: it was never written. */
  version: number;
  /** The book's row; null: there is none. */
  bookVersion: number | null;
  /** How many were told again. */
  events: number;
  /** All events from version 1 on were, and all reservations compared. */
  complete: boolean;
  /** At most `MAX_DIFFERENCES_LISTED` of them. */
  differences: Difference[];
  differenceCount: number;
}

/** undefined: neither object nor book knows the product. Throws `BookUnavailable`, or what the object failed with. */
export async function verifyProduct(
  binding: D1Database,
  productId: string,
  object: Auditable,
): Promise<Verification | undefined> {
  const audit = await ask(object);
  const standing = await readStanding(binding, productId);
  const { rowVersion, newestVersion, readFrom } = standing;
  if (audit.product === null && rowVersion === null && newestVersion === null) return undefined;
  const replay = beginReplay(replayedFrom(audit, standing));
  const stops = stopsOf(audit, standing);
  const telling: Telling = { binding, productId, object, replay, objectVersion: audit.version };
  const differences: Difference[] = [];
  for (const stop of [...new Set(Object.values(stops))].toSorted((a, b) => a - b)) {
    await tellTo(telling, stop);
    differences.push(...compareAt(stop, { audit, standing, replay, stops }));
  }
  if (newestVersion !== null && newestVersion > telling.objectVersion) await catchUp(telling);
  const setAside = audit.setAside.map(({ version, reason }) => asideDifference(version, reason));
  const found = [...versionDifferences(telling, audit, standing), ...setAside, ...differences];
  return {
    productId,
    version: audit.version,
    bookVersion: rowVersion,
    events: replay.events,
    complete: replay.complete && readFrom === undefined,
    differences: found.slice(0, MAX_DIFFERENCES_LISTED),
    differenceCount: found.length + audit.setAsideCount - setAside.length,
  };
}

function asideDifference(version: number, reason: string): Difference {
  return { what: "set_aside", fromVersion: version, toVersion: version, object: reason };
}

function ask(object: Auditable): Promise<Audit> {
  return withTimeout(object.audit(), AUDIT_TIMEOUT_MS, "product");
}

/** The version before the first event that is told: 0, unless older ones are no longer kept or are too many. */
function replayedFrom(audit: Audit, { oldestVersion, newestVersion, trimmed }: Standing): number {
  const tooMany = (newestVersion ?? 0) - MAX_REPLAYED_EVENTS;
  // Where nothing was ever dropped for its age, what is missing at the beginning is missing.
  const dropped = trimmed ? (oldestVersion ?? audit.version + 1) - 1 : 0;
  return Math.max(0, tooMany, dropped);
}

/** Versions at which each witness is heard beside the events. */
interface Stops {
  object: number;
  product: number;
  reservations: number;
}

/**
 * The object is compared with the events up to its version, the book's reservations with the events that the book had, and
 * its product row with those up to its own version: that row may be ahead of events on their way, but never behind.
 */
function stopsOf(audit: Audit, { rowVersion, newestVersion }: Standing): Stops {
  const reservations = newestVersion ?? rowVersion ?? audit.version;
  return {
    object: audit.version,
    product: Math.max(reservations, rowVersion ?? 0),
    reservations,
  };
}

interface Telling {
  readonly binding: D1Database;
  readonly productId: string;
  readonly object: Auditable;
  readonly replay: Replay;
  /** As it was last asked. */
  objectVersion: number;
}

/** Tells events up to a version. Those on their way to the book are waited for, a bounded number of times. */
async function tellTo(telling: Telling, stop: number): Promise<void> {
  await tellKept(telling, stop);
  for (let tries = 0; telling.replay.version < stop && tries < VERIFY_TRIES; tries += 1) {
    if (tries > 0) await pause(VERIFY_PAUSE_MS);
    await catchUp(telling);
    if (telling.objectVersion < stop) return;
    await tellKept(telling, stop);
  }
}

async function catchUp(telling: Telling): Promise<void> {
  telling.objectVersion = Math.max(telling.objectVersion, (await ask(telling.object)).version);
}

async function tellKept({ binding, productId, replay }: Telling, stop: number): Promise<void> {
  while (replay.version < stop) {
    const page = await readHistory(binding, productId, { after: replay.version, to: stop });
    if (page.length === 0) return;
    for (const row of page) tellRow(replay, row);
  }
}

interface Hearing {
  audit: Audit;
  standing: Standing;
  replay: Replay;
  stops: Stops;
}

function compareAt(stop: number, { audit, standing, replay, stops }: Hearing): Difference[] {
  const events = accountOfReplay(replay);
  const { product } = standing;
  const object = stop === stops.object ? accountOfAudit(audit) : undefined;
  const book = stop === stops.product && product ? accountOfRow(product) : undefined;
  const differences = compareAccounts({ ...(object && { object }), events, ...(book && { book }) });
  if (stop === stops.product) differences.unshift(...presence(audit, standing));
  const holds = stop === stops.object && audit.holds ? registerOfHolds(audit.holds) : undefined;
  const rows = stop === stops.reservations ? registerOfRows(standing) : undefined;
  const registers = {
    ...(holds && { object: holds }),
    events: registerOfReplay(replay),
    ...(rows && { book: rows }),
  };
  differences.push(...compareReservations(registers));
  if (stop === stops.reservations) differences.push(...rowVersions(standing, replay));
  if (stop === stops.object && !audit.holds) differences.push(...compareCounts(audit, replay));
  return differences;
}

/** A product that one of the two does not know at all, or a row that cannot be read. */
function presence({ product: truth }: Audit, { product: row, rowVersion }: Standing): Difference[] {
  const book = row ? "there" : rowVersion === null ? null : "unreadable";
  const object = truth && "there";
  return object === book ? [] : [{ what: "product", object, book }];
}

function accountOfRow({ product, levels, totals }: NonNullable<Standing["product"]>): Account {
  const { fields, createdAt, updatedAt, catalogVersion, deleted } = product;
  const account = accountOf({ fields: { ...fields, createdAt, updatedAt, catalogVersion }, deleted, levels });
  return { ...account, totals };
}

function registerOfHolds(holds: NonNullable<Audit["holds"]>): Register {
  return {
    reservations: new Map(holds.map(({ reservationId, ...told }) => [reservationId, told])),
    without: () => "not held",
  };
}

function registerOfReplay({ reservations, complete }: Replay): Register {
  return { reservations, without: () => (complete ? "none" : "unsaid") };
}

/** A row that is ahead of the events, as a repair under load leaves it, is not judged. */
function registerOfRows(standing: Standing): Register {
  const { readFrom, newestVersion } = standing;
  const ahead = new Set<string>();
  const judged = standing.reservations.filter(([id, { version }]) => {
    if (newestVersion === null || version <= newestVersion) return true;
    ahead.add(id);
    return false;
  });
  const unread = (id: string) => ahead.has(id) || (readFrom !== undefined && id < readFrom);
  return { reservations: new Map(judged), without: (id) => (unread(id) ? "unsaid" : "none") };
}

/** A row's version is that of its last event, or of one that came in the same step: not less, and not one to come. */
function rowVersions({ reservations, rowVersion, newestVersion }: Standing, replay: Replay): Difference[] {
  const newest = Math.max(rowVersion ?? 0, newestVersion ?? 0);
  return reservations.flatMap(([reservationId, { version }]) => {
    const told = replay.reservations.get(reservationId)?.version;
    if (version <= newest && version >= (told ?? 0)) return [];
    return [{ what: "version", reservationId, ...(told !== undefined && { events: told }), book: version }];
  });
}

/** Too many holds to name: their number is compared, and their sums are with the levels. */
function compareCounts({ holdCount }: Audit, { complete, reservations }: Replay): Difference[] {
  if (!complete) return [];
  const told = [...reservations.values()].filter(({ held }) => held > 0).length;
  return told === holdCount ? [] : [{ what: "holds", object: holdCount, events: told }];
}

/** Events that are missing or cannot be read, rows behind the events, and a book ahead of the object or behind it. */
function versionDifferences(telling: Telling, audit: Audit, standing: Standing): Difference[] {
  const { replay, objectVersion } = telling;
  const { rowVersion } = standing;
  const [newest, row] = [standing.newestVersion ?? 0, rowVersion ?? replay.version];
  const gaps = [...replay.gaps];
  const last = Math.max(audit.version, Math.min(row, objectVersion));
  if (replay.version < last) gaps.push([replay.version + 1, last]);
  const differences: Difference[] = gaps.map(([fromVersion, toVersion]) => ({
    what: "event",
    fromVersion,
    toVersion,
  }));
  const ahead = Math.max(row, newest) > objectVersion;
  if (!ahead && row >= newest && replay.version >= audit.version) return differences;
  const events = Math.max(newest, replay.events > 0 ? replay.version : 0);
  return [{ what: "version", object: objectVersion, events, book: rowVersion }, ...differences];
}
