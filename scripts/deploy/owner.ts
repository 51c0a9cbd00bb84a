/**
 * A book belongs to one deployment. Two sets of objects that write one log would each undo what the other says, so the
 * first deploy writes its name into the book, and a deploy that finds another name there ends.
 */
import type { Deployment } from "./deployment.ts";
import type { Platform } from "./platform.ts";

/** Not one of the migrations': it is there before them, as wrangler's own table is. */
const TABLE = "holdfast_deployment";

interface Book {
  platform: Platform;
  accountId: string;
  databaseId: string;
}

/** What the book says of its owner. */
export interface BookState {
  /** undefined: no deployment has written its name yet. */
  owner: { name: string; environment: string } | undefined;
  /** Names of migrations. */
  applied: Set<string>;
}

export async function readBook({ platform, ...at }: Book): Promise<BookState> {
  const tables = await platform.query(at, "SELECT name FROM sqlite_master WHERE type = 'table'");
  const names = new Set(tables.map(({ name }) => String(name)));
  const [row] = names.has(TABLE) ? await platform.query(at, `SELECT name, environment FROM ${TABLE}`) : [];
  const applied = names.has("d1_migrations")
    ? await platform.query(at, "SELECT name FROM d1_migrations")
    : [];
  return {
    owner: row && { name: String(row["name"]), environment: String(row["environment"]) },
    applied: new Set(applied.map(({ name }) => String(name))),
  };
}

/** Why this deployment must leave the book alone; undefined: it may have it. `isBound`: its Worker uses this book already. */
export function foreignBook(
  { owner, applied }: BookState,
  { name, environment }: Deployment,
  isBound: boolean,
): string | undefined {
  if (owner && (owner.name !== name || owner.environment !== environment))
    return `it belongs to the Worker ${owner.name} (${owner.environment})`;
  if (!owner && applied.size > 0 && !isBound)
    return `it has been in use, and there is no Worker ${name} that uses it`;
  return undefined;
}

/** Of two deploys at once the first has it: answers who that is. */
export async function claimBook(
  { platform, ...at }: Book,
  { name, environment }: Deployment,
  adopt: boolean,
) {
  const columns = "id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, environment TEXT NOT NULL";
  await platform.query(at, `CREATE TABLE IF NOT EXISTS ${TABLE} (${columns})`);
  const how = adopt ? "REPLACE" : "IGNORE";
  const sql = `INSERT OR ${how} INTO ${TABLE} (id, name, environment) VALUES (1, ?, ?)`;
  await platform.query(at, sql, [name, environment]);
  return readBook({ platform, ...at });
}
