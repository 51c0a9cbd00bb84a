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
  /** Writes that are neither SQL nor alarms; none is expected. */
  "otherWrites",
] as const;

export type CountName = (typeof COUNT_NAMES)[number];
export type Counts = Record<CountName, number>;
