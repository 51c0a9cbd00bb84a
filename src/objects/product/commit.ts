/**
 * One command against the store, inside the caller's transaction: replay, version, decision, rows, journal. A refusal
 * writes nothing, except that a hold the command names is expired first if its time has passed.
 */
import type { Applied, Envelope, Result } from "../../domain/command";
import { expireHolds } from "../../domain/commands/expire";
import { decide } from "../../domain/decide";
import { isLive, isRefused, type Answer, type Decision } from "../../domain/decision";
import { crossings } from "../../domain/threshold-crossings";
import type { EventDraft } from "../../domain/events/event";
import { reservationId } from "../../domain/ids";
import { availability, type Product } from "../../domain/product";
import type { Level } from "../../domain/level";
import type { Reservation } from "../../domain/reservation";
import { areOutdated, refuseArrival } from "../../domain/places";
import type { Refusal } from "../../domain/refusal";
import { isForeign, notFound } from "../../domain/resolution";
import { clampShortage, levelView, stockNumbers } from "../../domain/views";
import { MAX_EVENTS_PER_JOURNAL_ROW, MAX_EXPIRED_PER_BATCH } from "../../limits";
import { renderAnswer } from "./answers";
import type { StoreFacts } from "./store-facts";
import { SQL } from "./statements";
import type { JournalEntry, ProductStore } from "./store";

/** What surrounds the commands of one batch. */
export interface Batch {
  store: ProductStore;
  facts: StoreFacts;
  /** Journal rows up to here are in the book and, where they touch the catalog, in KV. */
  acknowledgedSeq: number;
}

export function commit(batch: Batch, envelope: Envelope): Result {
  const { key, command, clamped } = envelope;
  const replayed = key && replay(batch.store, key);
  if (replayed) return replayed;
  if (areOutdated(envelope.places, batch.facts.now))
    return { ok: false, refusal: { code: "places_outdated" } };
  const named = reservationNamed(command);
  if (named !== undefined) {
    const reservation = batch.store.reservation(named);
    if (isForeign(reservation, envelope))
      return { ok: false, refusal: notFound(batch.store.productId, named) };
    if (reservation) expireIfDue(batch, reservation);
  }
  const conflict = versionConflict(batch, envelope);
  if (conflict) return { ok: false, refusal: conflict };
  const outcome = decide(batch.facts, command, envelope);
  if (isRefused(outcome)) return { ok: false, refusal: shownRefusal(outcome.refusal, clamped) };
  const unplaced = refuseArrival(batch.facts, envelope, outcome);
  return unplaced ? { ok: false, refusal: unplaced } : write(batch, envelope, outcome);
}

function reservationNamed(command: Envelope["command"]): string | undefined {
  if ("ulid" in command) return command.ulid;
  return command.verb === "reserve" ? command.supersedes : undefined;
}

/** Ends what has expired, a bounded number of holds; answers how many. */
export function sweep(batch: Batch): number {
  const { store, facts } = batch;
  if (store.nextExpiryAt === null || store.nextExpiryAt > facts.now) return 0;
  const due = store.reservations(SQL.selectDue, facts.now, MAX_EXPIRED_PER_BATCH);
  if (due.length > 0) expire(batch, due);
  store.readEnds();
  return due.length;
}

function expireIfDue(batch: Batch, row: Reservation): void {
  const { held, expiresAt } = row;
  if (held > 0 && expiresAt !== null && expiresAt <= batch.facts.now) expire(batch, [row]);
}

function expire(batch: Batch, due: readonly Reservation[]): void {
  const { store, facts } = batch;
  const exact = new Map(facts.levels.map((level) => [level.locationId, level]));
  const before = { product: store.product, levels: store.levels };
  const ended = expireHolds(facts.productId, due, exact);
  for (const hold of due) {
    const level = store.levels.find((candidate) => candidate.locationId === hold.locationId);
    if (level) store.putLevel({ ...level, reserved: level.reserved - hold.held });
  }
  const events = [...ended.events, ...crossed(before, store.product, store.levels)];
  const version = store.version + events.length;
  const catalog = putProduct(store, { before, after: undefined, version, now: facts.now });
  putReservations(batch, ended.reservations, ended.events);
  record(batch, { events, actor: "system", catalog });
  facts.forgetDue();
}

function replay(store: ProductStore, key: NonNullable<Envelope["key"]>): Result | undefined {
  const row = store.remembered(key.id) ?? rememberedBefore(store, key);
  if (!row) return undefined;
  if (row.fingerprint !== key.fingerprint) return { ok: false, refusal: { code: "idempotency_key_reused" } };
  const result: Applied = { ok: true, body: row.answer, version: row.answerVersion, replayed: true };
  if (row.eventCount === 0) result.unchanged = true;
  return result;
}

/** Another request may have had a key of its own of that name. */
function rememberedBefore(store: ProductStore, { formerId, fingerprint }: NonNullable<Envelope["key"]>) {
  const row = formerId === undefined ? undefined : store.remembered(formerId);
  return row?.fingerprint === fingerprint ? row : undefined;
}

/** The lock holds when what the caller saw has not changed since: its representation's version is not past theirs. */
function versionConflict({ store, facts }: Batch, envelope: Envelope): Refusal | undefined {
  const { expected, command, clamped } = envelope;
  if (!expected || !isLive(facts)) return undefined;
  const current = seenVersion(facts, command);
  const holds = (version: number) => version >= (current ?? 0) && version <= store.version;
  if (current === undefined || holds(expected.version) || expected.others?.some(holds)) return undefined;
  const inventory = stockNumbers(facts.levels, store.version, clamped);
  return { code: "version_conflict", via: expected.via, expected: expected.version, current, inventory };
}

/** A storefront is not shown how far below zero something is, in a refusal either. */
function shownRefusal(refusal: Refusal, clamped: boolean): Refusal {
  if (!clamped || refusal.code !== "insufficient_stock") return refusal;
  return { ...refusal, shortages: refusal.shortages.map((shortage) => clampShortage(shortage, true)) };
}

function seenVersion(facts: StoreFacts, command: Envelope["command"]): number | undefined {
  const { store } = facts;
  if ("ulid" in command) return facts.reservation(command.ulid)?.version;
  const edits = command.verb === "edit" || (command.verb === "set" && !command.count);
  const catalog = edits || command.verb === "upsert" || command.verb === "delete";
  return catalog ? store.product?.catalogVersion : store.version;
}

/** Rows, events and answer of a decision. Crossings are judged on unswept levels, so that each fires once. */
function write(batch: Batch, envelope: Envelope, decision: Decision): Result {
  const { store, facts } = batch;
  const before = { product: store.product, levels: store.levels };
  store.prepare();
  putLevels(batch, decision);
  const events = [...decision.events, ...crossed(before, decision.product ?? before.product, store.levels)];
  const version = store.version + events.length;
  const catalog = putProduct(store, { before, after: decision.product, version, now: facts.now });
  const reservations = putReservations(batch, decision.reservations ?? [], decision.events);
  const { state } = facts;
  if (!state) throw new Error("an answer about a product that was never created");
  state.version = version;
  if (events.length > 0) state.updatedAt = facts.now;
  const answer = renderAnswer(state, stampedAnswer(decision.answer, reservations), envelope.clamped);
  const key = envelope.key && { ...envelope.key, answer: answer.body, answerVersion: answer.version };
  record(batch, { events, actor: envelope.actor, catalog, ...(key && { key }) });
  const result: Applied = { ok: true, body: answer.body, version: answer.version, replayed: false };
  if (events.length === 0) result.unchanged = true;
  return result;
}

function putLevels({ store, facts }: Batch, decision: Decision): void {
  const changes = decision.levels?.map((after) => {
    const unswept = store.levels.find((level) => level.locationId === after.locationId)?.reserved ?? 0;
    const exact = facts.level(after.locationId)?.reserved ?? 0;
    return { ...after, reserved: unswept + after.reserved - exact };
  });
  for (const level of changes ?? []) store.putLevel(level);
  for (const locationId of decision.removedLevels ?? []) store.removeLevel(locationId);
}

type Before = Pick<ProductStore, "product" | "levels">;

/** A product that begins or ends crosses no line. */
function crossed(before: Before, product: Product | undefined, levels: readonly Level[]): EventDraft[] {
  if (!before.product || before.product.deleted || !product || product.deleted) return [];
  if (before.product === product && before.levels === levels) return [];
  const { fields } = before.product;
  return crossings({ fields, levels: before.levels }, { fields: product.fields, levels });
}

/** The catalog entry moves with its fields and with its availability. Says who must hear of it (see JournalEntry). */
function putProduct(
  store: ProductStore,
  change: { before: Before; after: Product | undefined; version: number; now: number },
): JournalEntry["catalog"] {
  const { before, after, version, now } = change;
  const product = after ?? before.product;
  if (!product) throw new Error("a decision about a product that was never created");
  if (after) {
    store.putProduct({ ...after, catalogVersion: version });
    return before.product ? 2 : 1;
  }
  if (before.levels === store.levels) return 0;
  if (availability(product.fields, before.levels) === availability(product.fields, store.levels)) return 0;
  store.putProduct({ ...product, updatedAt: now, catalogVersion: version });
  return 2;
}

/** A reservation carries the version of the last event about it, as the book has it; one without a version is new. */
function putReservations(
  { store }: Batch,
  changed: readonly Reservation[],
  events: readonly EventDraft[],
): Reservation[] {
  const versionById = new Map(
    events.map(({ data }, index) => [
      "reservationId" in data ? data.reservationId : undefined,
      store.version + index + 1,
    ]),
  );
  return changed.map((reservation) => {
    const version = versionById.get(reservationId(store.productId, reservation.ulid)) ?? reservation.version;
    const stamped = { ...reservation, version };
    store.putReservation(stamped, reservation.version === 0);
    return stamped;
  });
}

function stampedAnswer(answer: Answer, stamped: readonly Reservation[]): Answer {
  if (stamped.length === 0) return answer;
  if (answer.view === "order-release" || answer.view === "reservations")
    return { ...answer, reservations: [...stamped] };
  if (answer.view !== "reservation") return answer;
  const { reservation } = answer;
  return { ...answer, reservation: stamped.find(({ ulid }) => ulid === reservation.ulid) ?? reservation };
}

type Recorded = Omit<JournalEntry, "events"> & { events: readonly EventDraft[]; actor: string };

/** The journal. Many events are split over several rows, so that no row grows too large. */
function record({ store, facts, acknowledgedSeq }: Batch, recorded: Recorded): void {
  const { actor, catalog, key } = recorded;
  if (recorded.events.length === 0 && !key) return;
  const at = new Date(facts.now).toISOString();
  const { productId } = store;
  const events = recorded.events.map((draft, index) => {
    const version = store.version + index + 1;
    const level = draft.level && levelView(draft.level);
    const { type, data } = draft;
    const id = `${productId}:${version}`;
    return JSON.stringify({ id, type, productId, version, at, actor, data, level });
  });
  const moment = { now: facts.now, acknowledgedSeq };
  for (let start = 0; start < events.length || start === 0; start += MAX_EVENTS_PER_JOURNAL_ROW) {
    const slice = events.slice(start, start + MAX_EVENTS_PER_JOURNAL_ROW);
    store.appendJournal({ events: slice, catalog, ...(key && start === 0 && { key }) }, moment);
  }
}
