/** An order as one caller may know it: what was placed whole, and the single holds made under its id. */
import { encodeTime } from "ulid";
import { SYSTEM } from "../../domain/decide";
import type { Caller } from "../../domain/command";
import type { Refusal } from "../../domain/refusal";
import { MAX_ORDER_HOLDS } from "../../limits";
import { isKnown, newRecord, type OrderRecord } from "./order-record";
import { findHolds } from "./single-holds";

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
