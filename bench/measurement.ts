/** What a measure found: its rounds, and what it claims beside what is to be reached. */

/**
 * @typedef {object} Claim
 * @property {string} says the figure with its unit
 * @property {string} reach what is to be reached
 * @property {boolean | undefined} reached undefined: reported only
 */

/**
 * @typedef {object} Finding
 * @property {string} id
 * @property {string} what
 * @property {string[]} labels of the contestants, ours first, the floor second
 * @property {Record<string, import("./turns.mjs").Turn[]>} turnsByLabel
 * @property {Claim[]} claims
 * @property {string[]} notes
 */

/** @param {number} value @param {number} [digits] */
export function decimal(value, digits = 0) {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * @param {import("./turns.mjs").Ratio} measured
 * @param {{ least: number, of: string }} goal
 * @returns {Claim}
 */
export function ratioClaim({ ratio, low, high, byCpu }, { least, of }) {
  const spread = `${decimal(low, 2)} to ${decimal(high, 2)}; by CPU time ${decimal(byCpu, 2)}`;
  return {
    says: `${decimal(ratio, 2)} of ${of} (${spread})`,
    reach: `>= ${decimal(least, 2)}`,
    reached: ratio >= least,
  };
}

/**
 * @param {string} name @param {number} value
 * @param {{ most: number, unit: string, digits?: number }} goal
 * @returns {Claim}
 */
export function ceilingClaim(name, value, { most, unit, digits = 0 }) {
  const says = `${name} ${decimal(value, digits)} ${unit}`;
  return { says, reach: `<= ${decimal(most, digits)} ${unit}`, reached: value <= most };
}
