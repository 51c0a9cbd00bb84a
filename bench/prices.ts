/** What rows and requests cost by the platform's published prices, beyond what a plan includes. */

const DOLLARS_PER_MILLION = { objectRows: 1, bookRows: 1, objectRequests: 0.15 };

/**
 * @typedef {object} Bill one order's share
 * @property {number} objectRows SQLite rows and alarms set @property {number} bookRows
 * @property {number} objectRequests
 * @property {boolean} atLeast the object never rests, so that this is only what was counted until then
 */

/**
 * A hold's whole life, per hold. An alarm set is billed as a row, an alarm run as a request.
 * @param {import("./rows.mjs").Life} life @param {number} holds @returns {Bill}
 */
export function billOf(life, holds) {
  /** @param {(keyof import("./rows.mjs").Counts)[]} names */
  const each = (...names) =>
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

/** @param {Bill} bill @returns {number} dollars for a million orders */
export function dollarsPerMillion(bill) {
  const names = /** @type {(keyof typeof DOLLARS_PER_MILLION)[]} */ (Object.keys(DOLLARS_PER_MILLION));
  return names.reduce((total, name) => total + bill[name] * DOLLARS_PER_MILLION[name], 0);
}
