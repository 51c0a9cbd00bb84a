/** What `workers/counting.ts` counts. */
export const COUNT_NAMES = [
  "productRows",
  "ledgerRows",
  /** Of all other objects: the meter's, and the demand's after a refusal. */
  "otherRows",
  "bookRows",
  "productAlarms",
  "ledgerAlarms",
  "otherAlarms",
  "alarmsRun",
  /** Lives whose alarms did not come to an end by themselves. */
  "restless",
  "productCalls",
  "ledgerCalls",
  "otherCalls",
  /** Milliseconds for which objects of the kind could not sleep: see `workers/awake.ts`. */
  "productMs",
  "ledgerMs",
  "otherMs",
  /** How many cannot at this moment. */
  "awake",
  "kvPuts",
  "objectRowsRead",
  "bookRowsRead",
  /** Writes that are neither SQL nor alarms; none is expected. */
  "otherWrites",
] as const;

export type CountName = (typeof COUNT_NAMES)[number];
export type Counts = Record<CountName, number>;
