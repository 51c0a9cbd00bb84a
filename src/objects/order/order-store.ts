/** The rows of an order's object: its record, and the answers kept under idempotency keys. */
import { migrate, schemaVersion } from "../storage/migrations";
import type { OrderRecord } from "./order-record";

/** Append-only. */
export const ORDER_MIGRATIONS = [
  `
  CREATE TABLE record (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL) STRICT;
  CREATE TABLE answers (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
] as const;

const SQL = {
  record: "SELECT body FROM record",
  saveRecord: "INSERT INTO record VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
  answer: "SELECT fingerprint, body FROM answers WHERE key = ?",
  keepAnswer: "INSERT OR IGNORE INTO answers VALUES (?, ?, ?)",
} as const;

export interface KeptAnswer extends Record<string, SqlStorageValue> {
  fingerprint: string;
  body: string;
}

export class OrderStore {
  readonly #storage: DurableObjectStorage;
  #present: boolean;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#present = schemaVersion(storage.sql) > 0;
  }

  /** undefined: nothing was ever asked of this order. */
  get record(): OrderRecord | undefined {
    if (!this.#present) return undefined;
    const [row] = this.#storage.sql.exec<{ body: string }>(SQL.record).toArray();
    return row && (JSON.parse(row.body) as OrderRecord);
  }

  /** With `answer`, what was asked has come about, and a repeat under its key gets the same. */
  save(record: OrderRecord, answer?: string): void {
    const { sql } = this.#storage;
    const { key } = record.asked;
    this.#storage.transactionSync(() => {
      migrate(sql, ORDER_MIGRATIONS);
      sql.exec(SQL.saveRecord, JSON.stringify(record));
      if (answer !== undefined && key) sql.exec(SQL.keepAnswer, key.id, key.fingerprint, answer);
    });
    this.#present = true;
  }

  /** As if nothing had ever been asked. */
  async forget(): Promise<void> {
    this.#present = false;
    await this.#storage.deleteAll();
  }

  kept(key: string): KeptAnswer | undefined {
    return this.#present ? this.#storage.sql.exec<KeptAnswer>(SQL.answer, key).toArray()[0] : undefined;
  }
}
