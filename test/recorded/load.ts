/// <reference types="vite/client" />
/**
 * Puts what a release has recorded (record.ts) where today's code finds it: the book with that release's
 * migrations and then today's, the rows of the objects, KV. As if the release had been killed a moment ago.
 */
import { applyD1Migrations, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { emptyStorage } from "../setup/storage";
import { moved } from "./moved-times";

type Value = string | number | null;
type Tables = Record<string, Record<string, Value>[]>;

interface RecordedBook {
  recordedAtMs: number;
  tables: Tables;
}

interface RecordedObject {
  class: "ProductObject" | "OrderObject" | "LedgerObject" | "WebhookObject" | "HubObject";
  name: string;
  schema: string[];
  tables: Tables;
}

export interface Recorded {
  book: RecordedBook;
  objects: RecordedObject[];
  kv: Record<string, string>;
}

const texts = import.meta.glob<string>("./release-*/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Older than the shortest hold in it, which nobody has swept. */
const AGE_MS = 10_000;

/** With all times moved, so that the recording is a moment old whenever the test runs. */
export function readRecorded(release: number): Recorded {
  const text = (file: string) => texts[`./release-${release}/${file}.json`] ?? "";
  const { recordedAtMs } = JSON.parse(text("book")) as RecordedBook;
  const toMs = Date.now() - AGE_MS;
  const part = (file: string): unknown => JSON.parse(moved(text(file), recordedAtMs, toMs));
  return {
    book: part("book") as RecordedBook,
    objects: part("objects") as RecordedObject[],
    kv: part("kv") as Record<string, string>,
  };
}

/** The book and KV first: what an object has not told the book yet, it tells as soon as it wakes. */
export async function load({ book, objects, kv }: Recorded): Promise<void> {
  await emptyStorage();
  await loadBook(book);
  for (const [key, value] of Object.entries(kv)) await env.CATALOG.put(key, value);
  for (const object of objects) await loadObject(object);
  for (const object of objects) await evictDurableObject(stubOf(object));
}

async function loadBook({ tables: { d1_migrations: applied = [], ...tables } }: RecordedBook): Promise<void> {
  const known = new Set(applied.map(({ name }) => name));
  await applyD1Migrations(
    env.BOOK,
    env.BOOK_MIGRATIONS.filter(({ name }) => known.has(name)),
  );
  for (const [table, rows] of Object.entries(tables)) {
    await env.BOOK.prepare(`DELETE FROM "${table}"`).run();
    const inserts = rows.map((row) => env.BOOK.prepare(insertOf(table, row)).bind(...Object.values(row)));
    if (inserts.length > 0) await env.BOOK.batch(inserts);
  }
  await applyD1Migrations(env.BOOK, env.BOOK_MIGRATIONS);
}

/** Its constructor has found nothing; the one after the eviction finds these rows. */
async function loadObject(object: RecordedObject): Promise<void> {
  await runInDurableObject(stubOf(object), (_, { storage }) => {
    for (const statement of object.schema) storage.sql.exec(statement);
    for (const [table, rows] of Object.entries(object.tables)) {
      for (const row of rows) storage.sql.exec(insertOf(table, row), ...Object.values(row));
    }
  });
}

function insertOf(table: string, row: object): string {
  const names = Object.keys(row);
  const columns = names.map((name) => `"${name}"`).join(", ");
  return `INSERT INTO "${table}" (${columns}) VALUES (${names.map(() => "?").join(", ")})`;
}

function stubOf({ class: className, name }: RecordedObject) {
  const namespaces = {
    ProductObject: env.PRODUCT,
    OrderObject: env.ORDER,
    LedgerObject: env.LEDGER,
    WebhookObject: env.WEBHOOK,
    HubObject: env.HUB,
  };
  return namespaces[className].getByName(name);
}
