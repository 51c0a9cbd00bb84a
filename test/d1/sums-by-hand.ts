/** What reports must say, computed from the events of the book one by one, and what the book's sums say. */
import { env } from "cloudflare:workers";
import { parseEvent, type LoggedEvent } from "../../src/domain/events/event";
import { MEASURES, type Measure, type ReportInterval, type Sums } from "../../src/domain/report";
import { REPORT_GRAINS } from "../../src/limits/reports";

export type SumsByKey = Record<string, Sums & { firstAtMs: number; lastAtMs: number }>;

/** Of every event that adds something: the measure and the units. */
function addedBy(event: LoggedEvent): [Measure, number][] {
  switch (event.type) {
    case "reservation.held": {
      const { held, takenOver = 0 } = event.data;
      return held >= takenOver ? [["held", held - takenOver]] : [["released", takenOver - held]];
    }
    case "reservation.resized": {
      const { held, before } = event.data;
      return held >= before ? [["held", held - before]] : [["released", before - held]];
    }
    case "reservation.confirmed":
      return [
        ["sold", event.data.confirmedQuantity],
        ["released", event.data.releasedQuantity ?? 0],
      ];
    case "reservation.released":
      return event.data.supersededBy === undefined ? [["released", event.data.releasedQuantity]] : [];
    case "reservation.expired":
      return [["expired", event.data.expiredQuantity]];
    case "reservation.returned":
      return [["returned", event.data.returnedQuantity]];
    case "stock.adjusted":
      if (event.data.type === "sale") return [["sold", -event.data.delta]];
      if (event.data.type === "receipt") return [["added", event.data.delta]];
      if (event.data.type === "return") return [["returned", event.data.delta]];
      return [];
    default:
      return [];
  }
}

const nothing = () => ({ units: 0, count: 0 });

export function noSums(): Sums {
  return {
    sold: nothing(),
    held: nothing(),
    expired: nothing(),
    released: nothing(),
    returned: nothing(),
    added: nothing(),
  };
}

export async function loggedEvents(productId = "%"): Promise<LoggedEvent[]> {
  const { results } = await env.BOOK.prepare(
    "SELECT body FROM events WHERE product_id LIKE ? ORDER BY offset",
  )
    .bind(productId)
    .all<{ body: string }>();
  return results.map(({ body }) => parseEvent(body));
}

/** By `<productId> <beginning of the stretch>`. */
export function sumsOf(events: readonly LoggedEvent[], interval: ReportInterval): SumsByKey {
  const { grainMs } = REPORT_GRAINS[interval];
  const byKey: SumsByKey = {};
  for (const event of events) {
    const atMs = Date.parse(event.at);
    for (const [measure, units] of addedBy(event)) {
      if (units === 0) continue;
      const key = `${event.productId} ${new Date(Math.floor(atMs / grainMs) * grainMs).toISOString()}`;
      const sums = (byKey[key] ??= { ...noSums(), firstAtMs: atMs, lastAtMs: atMs });
      sums[measure].units += units;
      sums[measure].count += 1;
      sums.firstAtMs = Math.min(sums.firstAtMs, atMs);
      sums.lastAtMs = Math.max(sums.lastAtMs, atMs);
    }
  }
  return byKey;
}

/** As the book's table has them. */
export async function sumsInBook(interval: ReportInterval, productId = "%"): Promise<SumsByKey> {
  const { results } = await env.BOOK.prepare(
    "SELECT * FROM report_sums WHERE grain_ms = ? AND product_id LIKE ?",
  )
    .bind(REPORT_GRAINS[interval].grainMs, productId)
    .all<Record<string, number>>();
  return Object.fromEntries(
    results.map((row) => {
      const amounts = MEASURES.map((one) => [one, { units: row[one], count: row[`${one}_count`] }]);
      const times = { firstAtMs: row["first_at_ms"], lastAtMs: row["last_at_ms"] };
      const key = `${row["product_id"]} ${new Date(row["start_ms"] ?? 0).toISOString()}`;
      return [key, { ...Object.fromEntries(amounts), ...times }];
    }),
  ) as SumsByKey;
}
