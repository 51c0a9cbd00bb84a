/** What `wrangler d1 migrations apply` has done. */

/** @param {string} output what it printed @returns {string[]} the files that it applied, in their order */
export function appliedMigrations(output) {
  return [...new Set(output.match(/\b\d{4}_\w+\.sql\b/g))];
}
