/** What a recovery keeps: how far it has come, and every product with what has become of it. */
import { MAX_FAILURES_NAMED, RECOVERY_TRIES } from "../../limits/recovery";
import { migrate, schemaVersion } from "../storage/migrations";
import { NEVER, progressSchema, withList, type ListProgress, type Progress } from "./progress";

/** Append-only. One row of progress, as JSON. `reason`: why it could not be rebuilt. */
const RECOVERY_MIGRATIONS = [
  `
  CREATE TABLE progress (state TEXT NOT NULL) STRICT;
  CREATE TABLE products (
    product_id TEXT PRIMARY KEY,
    tries INTEGER NOT NULL,
    open INTEGER NOT NULL,
    reason TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX products_open ON products (tries) WHERE open = 1;
  `,
] as const;

const SQL = {
  progress: "SELECT state FROM progress",
  clearProgress: "DELETE FROM progress",
  putProgress: "INSERT INTO progress VALUES (?)",
  clear: "DELETE FROM products",
  /** What could not be rebuilt is tried again. */
  add: `INSERT INTO products SELECT value, 0, 1, NULL FROM json_each(?) WHERE true
    ON CONFLICT (product_id) DO UPDATE SET tries = 0, open = 1, reason = NULL WHERE open = 0 AND reason IS NOT NULL
    RETURNING 1`,
  count: `SELECT COUNT(*) AS found, COUNT(*) FILTER (WHERE open = 0 AND reason IS NULL) AS rebuilt,
    COUNT(*) FILTER (WHERE open = 0 AND reason IS NOT NULL) AS failed FROM products`,
  open: "SELECT product_id AS productId FROM products WHERE open = 1 ORDER BY tries LIMIT ?",
  close: `UPDATE products SET tries = tries + 1, open = ? AND tries + 1 < ${RECOVERY_TRIES}, reason = ?
    WHERE product_id = ?`,
  failures: `SELECT product_id AS productId, reason FROM products WHERE open = 0 AND reason IS NOT NULL
    LIMIT ${MAX_FAILURES_NAMED}`,
} as const;

/** `reason`: why it could not be rebuilt; `retry`: it may do better another time. */
export interface Outcome {
  productId: string;
  reason?: string;
  retry?: true;
}

export class RecoveryStore {
  progress: Progress;
  private readonly sql: SqlStorage;

  constructor(private readonly storage: DurableObjectStorage) {
    this.sql = storage.sql;
    const rows = schemaVersion(this.sql) > 0 ? this.sql.exec<{ state: string }>(SQL.progress).toArray() : [];
    this.progress = rows[0] ? progressSchema.parse(JSON.parse(rows[0].state)) : NEVER;
  }

  get running(): boolean {
    return this.progress.phase === "running";
  }

  begin(progress: Progress): void {
    this.#change(() => {
      this.sql.exec(SQL.clear);
      return progress;
    });
  }

  put(progress: Progress): void {
    this.#change(() => progress);
  }

  /** Products of a list; `after`: what else has changed with them. */
  add(list: ListProgress["list"], productIds: readonly string[], after: Partial<Progress> = {}): void {
    this.#change(() => {
      const found = this.sql.exec(SQL.add, JSON.stringify(productIds)).toArray().length;
      return withList({ ...this.progress, ...after }, list, (one) => ({ found: one.found + found }));
    });
  }

  /** Products that are known; of these, what has become of them. */
  counts(): { found: number; rebuilt: number; failed: number } {
    if (this.progress.phase === "never") return { found: 0, rebuilt: 0, failed: 0 };
    return this.sql.exec<{ found: number; rebuilt: number; failed: number }>(SQL.count).one();
  }

  /** Those that have waited longest. */
  open(limit: number): string[] {
    return this.sql
      .exec<{ productId: string }>(SQL.open, limit)
      .toArray()
      .map(({ productId }) => productId);
  }

  close(outcomes: readonly Outcome[], locations: number): void {
    this.#change(() => {
      for (const { productId, reason, retry } of outcomes)
        this.sql.exec(SQL.close, retry ? 1 : 0, reason ?? null, productId);
      return { ...this.progress, locations: this.progress.locations + locations };
    });
  }

  /** The first of those that could not be rebuilt. */
  failures(): { productId: string; reason: string }[] {
    if (this.progress.phase === "never") return [];
    return this.sql.exec<{ productId: string; reason: string }>(SQL.failures).toArray();
  }

  #change(act: () => Progress): void {
    this.progress = this.storage.transactionSync(() => {
      migrate(this.sql, RECOVERY_MIGRATIONS);
      const progress = act();
      this.sql.exec(SQL.clearProgress);
      this.sql.exec(SQL.putProgress, JSON.stringify(progress));
      return progress;
    });
  }
}
