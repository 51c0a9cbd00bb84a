/** When the book showed each hold, by one who reads its events all the time. */
import { setTimeout as sleep } from "node:timers/promises";

const EVENT_PAGE_SIZE = 1000;
const POLL_MS = 40;

/**
 * @param {import("./api.mjs").Api} api @param {number} fromOffset
 * @returns {BookWatch}
 *
 * @typedef {{
 *   seenAtById: Map<string, number>,
 *   offset(): number,
 *   until(reservationIds: Iterable<string>, timeoutMs: number): Promise<string[]>,
 *   stop(): Promise<void>,
 * }} BookWatch
 * `until` waits for the holds to be seen and answers those that were not.
 */
export function watchBook(api, fromOffset) {
  const seenAtById = new Map();
  let offset = fromOffset;
  const stopping = new AbortController();
  const look = async () => {
    const { status, body } = await api.get(`/v1/inventory/events?offset=${offset}&limit=${EVENT_PAGE_SIZE}`);
    if (status !== 200) return false;
    const now = performance.now();
    for (const event of body.events) {
      offset = event.offset + 1;
      if (event.type === "reservation.held") seenAtById.set(event.data.reservationId, now);
    }
    return body.hasMore;
  };
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      // While the server is away there is nothing to see.
      const more = await look().catch(() => false);
      if (!more) await sleep(POLL_MS);
    }
  })();
  return {
    seenAtById,
    offset: () => offset,
    until: async (reservationIds, timeoutMs) => {
      const deadline = performance.now() + timeoutMs;
      const missing = new Set(reservationIds);
      for (;;) {
        for (const id of missing) if (seenAtById.has(id)) missing.delete(id);
        if (missing.size === 0 || performance.now() > deadline) return [...missing];
        await sleep(POLL_MS);
      }
    },
    stop: async () => {
      stopping.abort();
      await watching;
    },
  };
}

/** The holds that were acknowledged. @param {import("./keyed-load.mjs").KeyedRequest[]} requests */
export function heldRequests(requests) {
  return requests.filter(({ verb, answer }) => verb === "reserve" && answer?.status === 201);
}

/** @param {number[]} values @param {number} share @returns {number} rounded; NaN of none */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
}
