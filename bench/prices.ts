/** What rows and requests cost by the platform's published prices, beyond what a plan includes. */
import type { CountName } from "./counts.ts";
import type { Life } from "./rows.ts";

const DOLLARS_PER_MILLION = {
  objectRows: 1,
  bookRows: 1,
  rowsRead: 0.001,
  objectRequests: 0.15,
  requests: 0.3,
  logLines: 0.6,
};
/** To the Worker: reserve and confirm. */
const REQUESTS = 2;

/** One order's share. */
export interface Bill {
  /** SQLite rows and alarms set. */
  objectRows: number;
  bookRows: number;
  rowsRead: number;
  objectRequests: number;
  requests: number;
  /** The platform writes one of each request, call and alarm while it keeps them all. */
  logLines: number;
  /** The object never rests, so that this is only what was counted until then. */
  atLeast: boolean;
}

/** A hold's whole life, per hold. An alarm set is billed as a row, an alarm run as a request. */
export function billOf(life: Life, holds: number): Bill {
  const each = (...names: CountName[]) =>
    Object.values(life).reduce(
      (sum, counts) => sum + names.reduce((part, name) => part + counts[name], 0),
      0,
    ) / holds;
  const objectRequests = each("productCalls", "ledgerCalls", "alarmsRun");
  return {
    objectRows: each("productRows", "ledgerRows", "productAlarms", "ledgerAlarms", "otherWrites"),
    bookRows: each("bookRows"),
    rowsRead: each("objectRowsRead", "bookRowsRead"),
    objectRequests,
    requests: REQUESTS,
    logLines: REQUESTS + objectRequests,
    atLeast: each("restless") > 0,
  };
}

/** For a million orders. */
export function dollarsPerMillion(bill: Bill): number {
  const { objectRows, bookRows, rowsRead, objectRequests, requests, logLines } = DOLLARS_PER_MILLION;
  return (
    bill.objectRows * objectRows +
    bill.bookRows * bookRows +
    bill.rowsRead * rowsRead +
    bill.objectRequests * objectRequests +
    bill.requests * requests +
    bill.logLines * logLines
  );
}
