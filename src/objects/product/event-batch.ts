/** What one batch to the book carries: events as they stand in the journal, and the product's row as it is now. */
import type { BookEntry } from "../../d1/projection";
import { availability } from "../../domain/product";
import { totals } from "../../domain/level";
import { MAX_DRAIN_BYTES, MAX_EVENTS_PER_DRAIN } from "../../limits";
import type { OutboxBatch } from "../log/outbox";
import type { SetAsideRow } from "./statements";
import type { ProductStore } from "./store";

export interface EventBatch extends OutboxBatch {
  /** Whether the catalog entry must follow into KV. */
  publishes: boolean;
  entry: BookEntry;
}

/**
 * The oldest journal rows after `afterSeq`, up to the limits of one batch; undefined when there is nothing to carry.
 * `maxRows`: fewer than fit one batch, where something among them was refused.
 */
export function packBatch(
  store: ProductStore,
  afterSeq: number,
  maxRows = Number.POSITIVE_INFINITY,
): EventBatch | undefined {
  if (store.seq <= afterSeq) return undefined;
  const events: string[] = [];
  let rows = 0;
  let eventCount = 0;
  let bytes = 0;
  let catalog = 0;
  let last = { seq: afterSeq, version: 0 };
  for (const row of store.unacknowledged(afterSeq)) {
    const full =
      eventCount + row.eventCount > MAX_EVENTS_PER_DRAIN || bytes + row.events.length > MAX_DRAIN_BYTES;
    if (rows === maxRows || (full && eventCount > 0)) break;
    rows += 1;
    if (row.eventCount > 0) events.push(row.events);
    eventCount += row.eventCount;
    bytes += row.events.length;
    catalog = Math.max(catalog, row.catalog);
    last = row;
  }
  const { stock, entry } = productRows(store);
  const fromVersion = last.version - eventCount;
  // The row goes ahead to the version of now, so the catalog entry must go with it, though its own event comes later.
  const whole = entry.catalogVersion > fromVersion;
  return {
    rows,
    seq: last.seq,
    version: last.version,
    more: last.seq < store.seq,
    publishes: catalog === 2,
    entry: {
      productId: store.productId,
      events: events.join(","),
      fromVersion,
      toVersion: last.version,
      stock: whole ? null : JSON.stringify(stock),
      catalog: whole ? JSON.stringify({ ...stock, ...entry }) : null,
      ...(maxRows !== Number.POSITIVE_INFINITY && { careful: true }),
    },
  };
}

/** Each event of a batch without the product's row, then that row without any event. */
export function splitBatch(batch: EventBatch): EventBatch[] {
  const { entry } = batch;
  const parts = splitEvents(entry).map((event) => entryOfEvents(entry.productId, [event]));
  const row: BookEntry = { ...entry, events: "", fromVersion: entry.toVersion, careful: true };
  return [...parts, row].map((part) => ({ ...batch, entry: part }));
}

/** Events that may have been refused before, without the product's row. */
export function entryOfEvents(productId: string, events: readonly LoneEvent[]): BookEntry {
  const versions = events.map(({ version }) => version);
  return {
    productId,
    events: events.map(({ event }) => event).join(","),
    fromVersion: Math.min(...versions) - 1,
    toVersion: Math.max(...versions),
    stock: null,
    catalog: null,
    careful: true,
  };
}

/** The events of an entry as they stand in it, each by itself. */
export function splitEvents({ events, fromVersion }: Pick<BookEntry, "events" | "fromVersion">): LoneEvent[] {
  const all: unknown = JSON.parse(`[${events}]`);
  if (!Array.isArray(all)) throw new Error("events that are no list");
  return all.map((event, index) => ({ version: fromVersion + index + 1, event: JSON.stringify(event) }));
}

/** `event`: its JSON. */
export type LoneEvent = Pick<SetAsideRow, "version" | "event">;

/** The product's whole row, as it is now. */
export function wholeRow(store: ProductStore) {
  const { stock, entry } = productRows(store);
  return { ...stock, ...entry };
}

function productRows({
  productId,
  product,
  levels,
  version,
  nextExpiryAt,
  updatedAt: stockUpdatedAtMs,
}: ProductStore) {
  if (!product) throw new Error("a journal without a product");
  const { fields, catalogVersion, createdAt, updatedAt, deleted } = product;
  const { onHand, reserved, available, onShelf } = totals(levels);
  const stock = {
    productId,
    version,
    onHand,
    reserved,
    available,
    onShelf,
    availability: availability(fields, levels),
    levels,
    nextExpiryAtMs: nextExpiryAt,
    stockUpdatedAtMs,
  };
  const entry = { ...fields, catalogVersion, createdAtMs: createdAt, updatedAtMs: updatedAt, deleted };
  return { stock, entry };
}
