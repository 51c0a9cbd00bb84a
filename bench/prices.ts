/** What rows and requests cost by the platform's published prices, beyond what a plan includes. */
import type { CountName } from "./counts.ts";
import type { Life } from "./rows.ts";

const DOLLARS_PER_MILLION = { objectRows: 1, bookRows: 1, objectRequests: 0.15 };

/** One order's share. */
export interface Bill {
  /** SQLite rows and alarms set. */
  objectRows: number;
  bookRows: number;
  objectRequests: number;
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
  return {
    objectRows: each("productRows", "ledgerRows", "productAlarms", "ledgerAlarms", "otherWrites"),
    bookRows: each("bookRows"),
    objectRequests: each("productCalls", "ledgerCalls", "alarmsRun"),
    atLeast: each("restless") > 0,
  };
}

/** For a million orders. */
export function dollarsPerMillion({ objectRows, bookRows, objectRequests }: Bill): number {
  return (
    objectRows * DOLLARS_PER_MILLION.objectRows +
    bookRows * DOLLARS_PER_MILLION.bookRows +
    objectRequests * DOLLARS_PER_MILLION.objectRequests
  );
}
