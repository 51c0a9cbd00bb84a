/**
 * The holds that name an order, whoever made them and however. The index knows those of the last minutes as soon as they are
 * acknowledged, the book all but those of the last moment.
 */
import { holdsOfOrder } from "../../d1/reservations";
import { parseReservationId } from "../../domain/ids";
import { BOOK_DELAY_MS, ORDER_INDEX_READ_TIMEOUT_MS } from "../../limits";
import { logError } from "../../telemetry/log";
import { pause, withTimeout } from "../../timeout";
import { allShards, type IndexAnswer } from "../order-index/order-index-object";
import type { OrderHold } from "./order-record";

export interface FoundHolds {
  /** In the order in which they were made. */
  holds: OrderHold[];
  /** False: the book could not be read, and older ones may be missing. */
  complete: boolean;
}

/** Of one owner when it is named. Never rejects. */
export async function findHolds(env: Env, orderId: string, owner?: string): Promise<FoundHolds> {
  const recent = await Promise.all(allShards(env).map((shard) => ask(shard, orderId, owner)));
  // What a shard may have forgotten the book has in a moment.
  if (recent.some((shard) => !shard?.warm)) await pause(BOOK_DELAY_MS);
  const booked = await holdsOfOrder(env.BOOK, orderId, owner).catch((error: unknown) => {
    logError("book not read", error, { orderId });
    return undefined;
  });
  const holdByUlid = new Map<string, OrderHold>();
  for (const { reservationId, owner: madeBy } of [
    ...recent.flatMap((shard) => shard?.holds ?? []),
    ...(booked ?? []),
  ]) {
    const parsed = parseReservationId(reservationId);
    if (parsed) holdByUlid.set(parsed.ulid, { ...parsed, owner: madeBy });
  }
  const holds = [...holdByUlid.values()].toSorted((a, b) => (a.ulid < b.ulid ? -1 : 1));
  return { holds, complete: booked !== undefined };
}

/** undefined: it cannot be asked. */
async function ask(
  shard: ReturnType<typeof allShards>[number],
  orderId: string,
  owner: string | undefined,
): Promise<IndexAnswer | undefined> {
  const asking: Promise<IndexAnswer> = shard.find(orderId, owner);
  return withTimeout(asking, ORDER_INDEX_READ_TIMEOUT_MS, "order index").catch((error: unknown) => {
    logError("order index not read", error, { orderId });
    return undefined;
  });
}
