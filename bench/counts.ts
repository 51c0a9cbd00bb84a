/** What `workers/counting.ts` counts. */
export const COUNT_NAMES = [
  "productRows",
  "ledgerRows",
  "bookRows",
  "productAlarms",
  "ledgerAlarms",
  "alarmsRun",
  /** Lives whose alarms did not come to an end by themselves. */
  "restless",
  "productCalls",
  "ledgerCalls",
  "kvPuts",
  "objectRowsRead",
  "bookRowsRead",
  /** Writes that are neither SQL nor alarms; none is expected. */
  "otherWrites",
] as const;

/** What goes on by itself: that something reads does not mean that something is under way. */
export const READS: ReadonlySet<string> = new Set(["objectRowsRead", "bookRowsRead"]);

export type CountName = (typeof COUNT_NAMES)[number];
export type Counts = Record<CountName, number>;
