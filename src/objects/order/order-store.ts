/** The rows of an order's object: its record, and the answers kept under idempotency keys. */
import { MAX_ORDER_ROW_CHARS } from "../../limits";
import { migrate, schemaVersion } from "../storage/migrations";
import { recordOf, type OrderRecord } from "./order-record";

/** Append-only. */
export const ORDER_MIGRATIONS = [
  `
  CREATE TABLE record (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL) STRICT;
  CREATE TABLE answers (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // What does not fit into the row of a record (key '') or of an answer.
  `
  CREATE TABLE continuations (
    key TEXT NOT NULL, part INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (key, part)
  ) STRICT, WITHOUT ROWID;
  `,
] as const;

const SQL = {
  record: "SELECT body FROM record",
  saveRecord: "INSERT INTO record VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
  answer: "SELECT fingerprint, body FROM answers WHERE key = ?",
  keepAnswer: "INSERT INTO answers VALUES (?, ?, ?)",
  continuations: "SELECT body FROM continuations WHERE key = ? ORDER BY part",
  dropContinuations: "DELETE FROM continuations WHERE key = ?",
  saveContinuation: "INSERT INTO continuations VALUES (?, ?, ?)",
} as const;

/** No idempotency key is empty. */
const OF_RECORD = "";

export interface KeptAnswer extends Record<string, SqlStorageValue> {
  fingerprint: string;
  body: string;
}

export class OrderStore {
  #present: boolean;

  constructor(private readonly storage: DurableObjectStorage) {
    this.#present = schemaVersion(storage.sql) > 0;
    if (this.#present) storage.transactionSync(() => migrate(storage.sql, ORDER_MIGRATIONS));
  }

  /** undefined: nothing was ever asked of this order. */
  get record(): OrderRecord | undefined {
    if (!this.#present) return undefined;
    const [row] = this.storage.sql.exec<{ body: string }>(SQL.record).toArray();
    return row && recordOf(this.#whole(OF_RECORD, row.body));
  }

  /** With `answer`, what was asked has come about, and a repeat under its key gets the same. */
  save(record: OrderRecord, answer?: string): void {
    const { sql } = this.storage;
    const { key } = record.asked;
    this.storage.transactionSync(() => {
      migrate(sql, ORDER_MIGRATIONS);
      sql.exec(SQL.saveRecord, this.#first(OF_RECORD, JSON.stringify(record)));
      if (answer !== undefined && key && sql.exec(SQL.answer, key.id).toArray().length === 0)
        sql.exec(SQL.keepAnswer, key.id, key.fingerprint, this.#first(key.id, answer));
    });
    this.#present = true;
  }

  /** As if nothing had ever been asked. */
  async forget(): Promise<void> {
    this.#present = false;
    await this.storage.deleteAll();
  }

  kept(key: string): KeptAnswer | undefined {
    if (!this.#present) return undefined;
    const [row] = this.storage.sql.exec<KeptAnswer>(SQL.answer, key).toArray();
    return row && { ...row, body: this.#whole(key, row.body) };
  }

  /** What of a text goes into its own row; the rest is written beside it. */
  #first(key: string, text: string): string {
    const { sql } = this.storage;
    sql.exec(SQL.dropContinuations, key);
    const [first = "", ...rest] = rowsOf(text);
    for (const [part, body] of rest.entries()) sql.exec(SQL.saveContinuation, key, part, body);
    return first;
  }

  #whole(key: string, first: string): string {
    const rest = this.storage.sql.exec<{ body: string }>(SQL.continuations, key).toArray();
    return first + rest.map(({ body }) => body).join("");
  }
}

/** No pair of surrogates is torn apart: each row is a text of its own. */
function rowsOf(text: string): string[] {
  const rows: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = at + MAX_ORDER_ROW_CHARS;
    const torn = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
    rows.push(text.slice(at, torn ? end - 1 : end));
    at = torn ? end - 1 : end;
  }
  return rows;
}
