/**
 * The one migration runner of all objects. Steps are append-only: a step that has shipped is never edited. The schema is
 * made by the first write, so that asking for something that does not exist leaves nothing behind.
 */

/** The number of steps this object has taken; 0 for one that never wrote. */
export function schemaVersion(sql: SqlStorage): number {
  const made = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").toArray().length > 0;
  return made ? Number(sql.exec("SELECT version FROM schema_version").one()["version"]) : 0;
}

/** Takes the steps that are missing. Call it inside a transaction. */
export function migrate(sql: SqlStorage, steps: readonly string[]): void {
  const from = schemaVersion(sql);
  if (from >= steps.length) return;
  if (from === 0) {
    sql.exec(
      "CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT; INSERT INTO schema_version VALUES (0);",
    );
  }
  for (const step of steps.slice(from)) sql.exec(step);
  sql.exec("UPDATE schema_version SET version = ?", steps.length);
}
