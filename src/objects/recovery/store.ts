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
  add: `INSERT INTO products SELECT value, 0, 1, NULL FROM json_each(?) WHERE true
    ON CONFLICT (product_id) DO NOTHING RETURNING 1`,
  again: `UPDATE products SET tries = 0, open = 1, reason = NULL
    WHERE open = 0 AND reason IS NOT NULL AND product_id IN (SELECT value FROM json_each(?)) RETURNING 1`,
  open: "SELECT product_id AS productId FROM products WHERE open = 1 ORDER BY tries LIMIT ?",
  close: "UPDATE products SET open = 0, reason = ? WHERE product_id = ?",
  retry: `UPDATE products SET tries = tries + 1, open = tries + 1 < ${RECOVERY_TRIES}, reason = ? WHERE product_id = ?
    RETURNING open`,
  failures: `SELECT product_id AS productId, reason FROM products WHERE open = 0 AND reason IS NOT NULL
    LIMIT ${MAX_FAILURES_NAMED}`,
} as const;

/** `retry`: it may do better another time. */
export type Outcome = { productId: string } & ({ done: true } | { reason: string; retry: boolean });

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
      const found = this.#count(SQL.add, productIds);
      const progress = withList({ ...this.progress, ...after }, list, (one) => ({
        found: one.found + found,
      }));
      return { ...progress, found: progress.found + found };
    });
  }

  /** Of these, those that could not be rebuilt. */
  tryAgain(productIds: readonly string[]): void {
    this.#change(() => {
      const failed = this.progress.failed - this.#count(SQL.again, productIds);
      return { ...this.progress, failed };
    });
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
      let [rebuilt, failed] = [0, 0];
      for (const outcome of outcomes) {
        if ("done" in outcome) {
          this.sql.exec(SQL.close, null, outcome.productId);
          rebuilt += 1;
        } else if (outcome.retry) {
          const { open } = this.sql
            .exec<{ open: number }>(SQL.retry, outcome.reason, outcome.productId)
            .one();
          failed += open === 0 ? 1 : 0;
        } else {
          this.sql.exec(SQL.close, outcome.reason, outcome.productId);
          failed += 1;
        }
      }
      const { progress } = this;
      return {
        ...progress,
        rebuilt: progress.rebuilt + rebuilt,
        failed: progress.failed + failed,
        locations: progress.locations + locations,
      };
    });
  }

  /** The first of those that could not be rebuilt. */
  failures(): { productId: string; reason: string }[] {
    if (this.progress.failed === 0) return [];
    return this.sql.exec<{ productId: string; reason: string }>(SQL.failures).toArray();
  }

  #count(query: string, productIds: readonly string[]): number {
    return this.sql.exec(query, JSON.stringify(productIds)).toArray().length;
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
