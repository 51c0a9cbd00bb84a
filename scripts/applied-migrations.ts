/** The files that `wrangler d1 migrations apply` says it has applied, in their order. */
export function appliedMigrations(output: string): string[] {
  return [...new Set(output.match(/\b\d{4}_\w+\.sql\b/g))];
}
