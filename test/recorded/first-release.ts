/**
 * The first release as it ran: its Worker, as a deploy had bundled it, with its own configuration and migrations, and what it
 * had stored (record.ts), as files for `wrangler dev --persist-to`. For Node; load.ts puts the same rows into objects of today's.
 */
import { createHash, createHmac } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { brotliDecompressSync } from "node:zlib";
import { z } from "zod";
import { readDevKeys } from "../../scripts/dev-vars.ts";
import type { LocalWorker } from "../../scripts/local-server.ts";
import { PROJECT_DIRECTORY } from "../../scripts/wrangler.ts";
import { moved } from "./moved-times.ts";
import { openBook } from "./state-files.ts";

const RECORDED = join(import.meta.dirname, "release-1");
/** Older than the shortest hold in it, which nobody has swept. */
const AGE_MS = 10_000;

const tables = z.record(
  z.string(),
  z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))),
);
type Tables = z.infer<typeof tables>;
const recordedBook = z.object({ recordedAtMs: z.number(), tables });
const recordedObjects = z.array(
  z.object({ class: z.string(), name: z.string(), schema: z.array(z.string()), tables }),
);

/** Puts its code, configuration and migrations (append-only, so today's files are its own) into an empty folder. */
export function unpackFirstRelease(directory: string): LocalWorker {
  for (const name of ["worker", "public", "migrations"]) mkdirSync(join(directory, name));
  const bundle = brotliDecompressSync(readFileSync(join(RECORDED, "worker.js.br")));
  const code = join(directory, "worker", "worker.js");
  writeFileSync(code, bundle);
  const config = join(directory, "wrangler.toml");
  cpSync(join(RECORDED, "wrangler.toml"), config);
  // The keys that clients have.
  readDevKeys();
  cpSync(join(PROJECT_DIRECTORY, ".dev.vars"), join(directory, ".dev.vars"));
  for (const { name } of readBook().tables["d1_migrations"] ?? [])
    cpSync(join(PROJECT_DIRECTORY, "migrations", String(name)), join(directory, "migrations", String(name)));
  return { config: ["--config", config], code: [code, "--no-bundle"] };
}

/** Puts what it had stored into the state of a server that is down and has its migrations. Answers the products' ids. */
export function restoreFirstRelease(state: string): string[] {
  const { recordedAtMs, tables } = readBook();
  const toMs = Date.now() - AGE_MS;
  const read = (text: string): unknown => JSON.parse(moved(text, recordedAtMs, toMs));
  using book = openBook(state);
  const { d1_migrations: _, ...rows } = recordedBook.parse(
    read(JSON.stringify({ recordedAtMs, tables })),
  ).tables;
  for (const table of Object.keys(rows)) book.exec(`DELETE FROM "${table}"`);
  insert(book, rows);
  const objects = recordedObjects.parse(read(textOf("objects")));
  for (const object of objects) {
    const namespace = `holdfast-${object.class}`;
    const file = join(state, "v3", "do", namespace, `${objectId(namespace, object.name)}.sqlite`);
    using database = new DatabaseSync(file);
    for (const statement of object.schema) database.exec(statement);
    insert(database, object.tables);
  }
  return objects.filter((object) => object.class === "ProductObject").map(({ name }) => name);
}

function insert(database: DatabaseSync, tables: Tables): void {
  for (const [table, rows] of Object.entries(tables))
    for (const row of rows) {
      const names = Object.keys(row);
      const columns = names.map((name) => `"${name}"`).join(", ");
      const sql = `INSERT INTO "${table}" (${columns}) VALUES (${names.map(() => "?").join(", ")})`;
      database.prepare(sql).run(...Object.values(row));
    }
}

/** As workerd makes it on a machine of one's own: `idFromName`. */
function objectId(namespace: string, name: string): string {
  const key = createHash("sha256").update(namespace).digest();
  const hmac = (text: string | Buffer) => createHmac("sha256", key).update(text).digest().subarray(0, 16);
  const first = hmac(name);
  return Buffer.concat([first, hmac(first)]).toString("hex");
}

function readBook() {
  return recordedBook.parse(JSON.parse(textOf("book")));
}

function textOf(name: string): string {
  return readFileSync(join(RECORDED, `${name}.json`), "utf8");
}
