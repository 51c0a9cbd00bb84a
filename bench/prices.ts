/**
 * What an order costs by Cloudflare's published prices of the Workers Paid plan, beyond what it includes. Read in November 2026:
 * developers.cloudflare.com/workers/platform/pricing (requests, KV, logs), /durable-objects/platform/pricing (object requests,
 * duration, rows), /d1/platform/pricing.
 */
import type { CountName } from "./counts.ts";
import type { Life } from "./rows.ts";

/** To the Worker: reserve and confirm. */
const REQUESTS = 2;
/** What a second of an object is billed as. */
const GB_AN_OBJECT = 0.128;

/** One order's share of each. */
export interface Bill {
  requests: number;
  /** Calls from outside, and alarms that run. */
  objectRequests: number;
  /** Of products and ledgers that could not sleep. The meter is one object, and awake for all orders at once. */
  gigabyteSeconds: number;
  /** SQLite rows, and alarms set. */
  objectRows: number;
  bookRows: number;
  rowsRead: number;
  kvPuts: number;
  /** The platform writes one of each request, call and alarm while it keeps them all. */
  logLines: number;
}

/** As a bill says it, with the dollars of a million. */
export const PRICES: [item: keyof Bill, name: string, dollarsPerMillion: number][] = [
  ["requests", "requests to the Worker", 0.3],
  ["objectRequests", "calls and alarms of objects", 0.15],
  ["gigabyteSeconds", "duration of objects, GB-s", 12.5],
  ["objectRows", "rows written by objects, alarms set", 1],
  ["bookRows", "rows written to D1", 1],
  ["rowsRead", "rows read, objects and D1", 0.001],
  ["kvPuts", "writes to KV", 5],
  ["logLines", "lines in Workers Logs", 0.6],
];

/** A hold's whole life, per hold. */
export function billOf(life: Life, holds: number): Bill {
  const each = (...names: CountName[]) =>
    Object.values(life).reduce(
      (sum, counts) => sum + names.reduce((part, name) => part + counts[name], 0),
      0,
    ) / holds;
  const objectRequests = each("productCalls", "ledgerCalls", "otherCalls", "alarmsRun");
  return {
    requests: REQUESTS,
    objectRequests,
    gigabyteSeconds: (each("productMs", "ledgerMs") / 1000) * GB_AN_OBJECT,
    objectRows: each(
      "productRows",
      "ledgerRows",
      "otherRows",
      "productAlarms",
      "ledgerAlarms",
      "otherAlarms",
      "otherWrites",
    ),
    bookRows: each("bookRows"),
    rowsRead: each("objectRowsRead", "bookRowsRead"),
    kvPuts: each("kvPuts"),
    logLines: REQUESTS + objectRequests,
  };
}

/** For a million orders. */
export function dollarsPerMillion(bill: Bill): number {
  return PRICES.reduce((sum, [item, , dollars]) => sum + bill[item] * dollars, 0);
}
