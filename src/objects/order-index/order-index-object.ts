/**
 * A shard of the order index: which single holds of the last minutes name which order, so that an order made of them can be
 * read as soon as they are. In memory only. Losing it loses nothing: the book knows every hold a moment later.
 */
import { DurableObject } from "cloudflare:workers";
import {
  MAX_ORDER_HOLDS,
  ORDER_INDEX_KEEP_MS,
  ORDER_INDEX_MAX_HOLDS,
  ORDER_INDEX_SHARDS,
  ORDER_INDEX_WARM_MS,
} from "../../limits";
import { RecentHolds, type IndexedHold, type OrderedHold } from "./recent-holds";

export interface IndexAnswer {
  holds: IndexedHold[];
  /** It has been there for long enough: what it does not know, the book does. */
  warm: boolean;
}

const BOUNDS = { maxHolds: ORDER_INDEX_MAX_HOLDS, keepMs: ORDER_INDEX_KEEP_MS };

export class OrderIndexObject extends DurableObject<Env> {
  // No wall clock: ages only.
  readonly #startedAt = performance.now();
  readonly #recent = new RecentHolds(BOUNDS, this.#startedAt);

  add(productId: string, holds: OrderedHold[]): void {
    this.#recent.add(productId, holds, performance.now());
  }

  /** Of one owner when it is named. One more than an order may have tells that there are too many. */
  find(orderId: string, owner?: string): IndexAnswer {
    const holds = this.#recent.find(orderId, owner, MAX_ORDER_HOLDS + 1);
    return { holds, warm: performance.now() - this.#startedAt >= ORDER_INDEX_WARM_MS };
  }
}

/** The shard that a product speaks to, always the same one. */
export function shardOfProduct(env: Env, productId: string) {
  let hash = 0;
  for (let at = 0; at < productId.length; at += 1) hash = (hash * 31 + productId.charCodeAt(at)) >>> 0;
  return env.ORDER_INDEX.getByName(`holds:${hash % ORDER_INDEX_SHARDS}`);
}

export function allShards(env: Env) {
  return Array.from({ length: ORDER_INDEX_SHARDS }, (_, shard) =>
    env.ORDER_INDEX.getByName(`holds:${shard}`),
  );
}
