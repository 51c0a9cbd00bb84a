/**
 * The migrations lead to the tables of src/d1/schema.ts, in two ways: drizzle-kit has nothing to add to them, and their SQL,
 * some of which is written by hand, makes the same columns and indexes as the schema by itself.
 */
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { drizzleKit, PROJECT, type Finding } from "./tool.ts";

const MIGRATIONS = join(PROJECT, "migrations");
const SCHEMA = ["--dialect", "sqlite", "--schema", "src/d1/schema.ts"];

/** `scratch` is a folder in the project. */
export async function checkMigrations(scratch: string): Promise<Finding> {
  await drizzleKit(["check"]);
  const copy = join(scratch, "migrations");
  cpSync(MIGRATIONS, copy, { recursive: true });
  await drizzleKit(["generate", ...SCHEMA, "--out", relative(PROJECT, copy)]);
  const known = new Set(sqlFiles(MIGRATIONS));
  const added = sqlFiles(copy).filter((file) => !known.has(file));
  if (added.length > 0) {
    const sql = added.map((file) => readFileSync(join(copy, file), "utf8").trim()).join("\n");
    return {
      figure: "",
      problems: [`src/d1/schema.ts is ahead of the migrations: npm run migrations\n${sql}`],
    };
  }
  const migrated = tablesOf(
    [...known].map((file) => readFileSync(join(MIGRATIONS, file), "utf8")).join(";\n"),
  );
  const wanted = tablesOf(await drizzleKit(["export", ...SCHEMA]));
  const problems = [
    ...[...wanted].filter((line) => !migrated.has(line)).map((line) => `no migration makes ${line}`),
    ...[...migrated].filter((line) => !wanted.has(line)).map((line) => `the schema does not know ${line}`),
  ];
  return { figure: `${known.size} migrations make what src/d1/schema.ts describes`, problems };
}

function sqlFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".sql"))
    .toSorted();
}

/** A line for each column and index that the SQL makes, whatever their order. */
function tablesOf(sql: string): Set<string> {
  const database = new DatabaseSync(":memory:");
  try {
    database.exec(sql);
    const columns = database
      .prepare(
        `SELECT t.name || '.' || c.name || ' ' || c.type || ' not null: ' || c."notnull" || ' default: ' ||
           COALESCE(c.dflt_value, '') || ' key: ' || c.pk || ' generated: ' || c.hidden AS line
         FROM sqlite_schema AS t, pragma_table_xinfo(t.name) AS c WHERE t.type = 'table'`,
      )
      .all();
    const indexes = database
      .prepare("SELECT sql AS line FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
      .all();
    return new Set([...columns, ...indexes].map(({ line }) => String(line)));
  } finally {
    database.close();
  }
}
