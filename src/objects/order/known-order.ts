/** An order as one caller may know it: what was placed whole, and the single holds made under its id, by whomever. */
import { encodeTime } from "ulid";
import { holdsOfOrder } from "../../d1/reservations";
import type { Caller } from "../../domain/command";
import { SYSTEM } from "../../domain/decide";
import { parseReservationId } from "../../domain/ids";
import type { Refusal } from "../../domain/refusal";
import { BOOK_DELAY_MS, MAX_ORDER_HOLDS, ORDER_INDEX_READ_TIMEOUT_MS } from "../../limits";
import { logError } from "../../telemetry/log";
import { pause, withTimeout } from "../../timeout";
import { allShards, type IndexAnswer } from "../order-index/order-index-object";
import { isKnown, newRecord, type OrderHold, type OrderRecord } from "./order-record";

/**
 * The record with all holds of the order that can be found, also those of others, which are nobody's business here; or why
 * there is none for this caller. One that was placed and failed is answered as it is, unless single holds make it an order.
 */
export async function knownOrder(
  env: Env,
  order: { orderId: string; stored: OrderRecord | undefined },
  caller: Caller,
): Promise<OrderRecord | Refusal> {
  const { orderId, stored } = order;
  const whole = stored?.request !== undefined;
  const placed = whole && isKnown(stored, caller) ? stored : undefined;
  const found = await findHolds(env, orderId, caller.ownOnly ? caller.actor : undefined);
  if (!found.complete && !placed) return { code: "book_unavailable" };
  const sinceMs = whole && !placed ? 0 : (stored?.sinceMs ?? 0);
  const taken = new Set(stored?.holds.map(({ ulid }) => ulid));
  const singles = found.holds.filter(({ ulid }) => !taken.has(ulid) && ulid >= encodeTime(sinceMs));
  if (placed?.step === "failed" && singles.length === 0) return placed;
  const base = stored && stored.step !== "failed" ? stored : unplaced(orderId, stored);
  const record = { ...base, holds: [...base.holds, ...singles] };
  const holds = record.holds.filter((hold) => isKnown(hold, caller));
  if (holds.length === 0 && !placed) return { code: "order_not_found", orderId };
  if (holds.length > MAX_ORDER_HOLDS) return { code: "too_many_holds", orderId, limit: MAX_ORDER_HOLDS };
  return record;
}

function unplaced(orderId: string, stored: OrderRecord | undefined): OrderRecord {
  return { ...newRecord(orderId, stored, Date.now()), step: "settled", asked: SYSTEM };
}

/**
 * The holds that name an order, of one owner when it is named. The index knows those of the last minutes as soon as they are
 * acknowledged, the book all but those of the last moment: without it (`complete` is false) older ones
 * may be missing. In the order in which they were made. Never rejects.
 */
async function findHolds(env: Env, orderId: string, owner?: string) {
  const unread = (what: string) => (error: unknown) => {
    logError(`${what} not read`, error, { orderId });
    return undefined;
  };
  const asked = allShards(env).map((shard) => {
    const asking: Promise<IndexAnswer> = shard.find(orderId, owner);
    return withTimeout(asking, ORDER_INDEX_READ_TIMEOUT_MS, "order index").catch(unread("order index"));
  });
  const recent = await Promise.all(asked);
  // What a shard may have forgotten the book has in a moment.
  if (recent.some((shard) => !shard?.warm)) await pause(BOOK_DELAY_MS);
  const booked = await holdsOfOrder(env.BOOK, orderId, owner).catch(unread("book"));
  const holdByUlid = new Map<string, OrderHold>();
  const all = [...recent.flatMap((shard) => shard?.holds ?? []), ...(booked ?? [])];
  for (const { reservationId, owner: madeBy } of all) {
    const parsed = parseReservationId(reservationId);
    if (parsed) holdByUlid.set(parsed.ulid, { ...parsed, owner: madeBy });
  }
  const holds = [...holdByUlid.values()].toSorted((a, b) => (a.ulid < b.ulid ? -1 : 1));
  return { holds, complete: booked !== undefined };
}
