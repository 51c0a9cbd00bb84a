/**
 * A shard of the order index: which single holds of the last minutes name which order, so that an order made of them can be
 * read as soon as they are. They are in memory only. Losing them loses nothing: the book knows every hold a moment later.
 */
import { DurableObject } from "cloudflare:workers";
import { shardOf } from "../../ledgers";
import * as limits from "../../limits";
import { migrate, schemaVersion } from "../storage/migrations";
import { RecentHolds, type IndexedHold, type OrderedHold } from "./recent-holds";

export interface IndexAnswer {
  holds: IndexedHold[];
  /** It has been there for long enough: what it does not know, the book does. */
  warm: boolean;
}

const BOUNDS = { maxHolds: limits.ORDER_INDEX_MAX_HOLDS, keepMs: limits.ORDER_INDEX_KEEP_MS };

/** Append-only. The one row says when it was last in use, give or take a few seconds. */
const ORDER_INDEX_MIGRATIONS = ["CREATE TABLE last_use (at_ms INTEGER NOT NULL) STRICT;"] as const;

export class OrderIndexObject extends DurableObject<Env> {
  // No wall clock: ages only.
  readonly #startedAt = performance.now();
  readonly #recent = new RecentHolds(BOUNDS, this.#startedAt);
  #lastUseAt = lastUseIn(this.ctx.storage.sql);
  /** It was quiet before it was evicted: the book has long known every hold that it has forgotten. */
  readonly #wasQuiet = Date.now() - this.#lastUseAt > limits.ORDER_INDEX_QUIET_MS;

  add(productId: string, holds: OrderedHold[]): void {
    this.#recent.add(productId, holds, performance.now());
    if (Date.now() - this.#lastUseAt >= limits.ORDER_INDEX_USE_SPACING_MS) this.#noteUse();
  }

  /** Of one owner when it is named. One more than an order may have tells that there are too many. */
  find(orderId: string, owner?: string): IndexAnswer {
    const holds = this.#recent.find(orderId, owner, limits.MAX_ORDER_HOLDS + 1);
    const warm = this.#wasQuiet || performance.now() - this.#startedAt >= limits.ORDER_INDEX_WARM_MS;
    return { holds, warm };
  }

  #noteUse(): void {
    this.#lastUseAt = Date.now();
    this.ctx.storage.transactionSync(() => {
      migrate(this.ctx.storage.sql, ORDER_INDEX_MIGRATIONS);
      this.ctx.storage.sql.exec("DELETE FROM last_use");
      this.ctx.storage.sql.exec("INSERT INTO last_use VALUES (?)", this.#lastUseAt);
    });
  }
}

function lastUseIn(sql: SqlStorage): number {
  if (schemaVersion(sql) === 0) return 0;
  return sql.exec<{ at_ms: number }>("SELECT at_ms FROM last_use").toArray()[0]?.at_ms ?? 0;
}

/** The shard that a product speaks to, always the same one. */
export function shardOfProduct(env: Env, productId: string) {
  return env.ORDER_INDEX.getByName(`holds:${shardOf(productId, limits.ORDER_INDEX_SHARDS)}`);
}

export function allShards(env: Env) {
  return Array.from({ length: limits.ORDER_INDEX_SHARDS }, (_, shard) =>
    env.ORDER_INDEX.getByName(`holds:${shard}`),
  );
}
