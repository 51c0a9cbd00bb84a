/**
 * Market prices, to those on this shard who listen to their products: at once if the shard has time, of one product at most
 * once a second, then whatever is newest. A price is a state, and no event of the book.
 */
import { isNewer, type QuoteUpdate } from "../../domain/quote";
import {
  HUB_BACKOFF,
  HUB_BROADCAST_SPACING_US_PER_LISTENER,
  HUB_BURST_MS,
  HUB_CALL_TIMEOUT_MS,
  HUB_LEVEL_SPACING_US_PER_SEND,
  HUB_PACE_TICK_MS,
  HUB_SLICE,
  HUB_WATCH_TRIES,
} from "../../limits";
import { QUOTE_SPACING_MS } from "../../limits/quotes";
import { withTimeout } from "../../timeout";
import { retry } from "../flow/backoff";
import { inSlices, Pace } from "../flow/pace";
import { Pump, type More } from "../flow/pump";
import type { Listener } from "./listener";
import { priceMessage } from "./message";

export interface QuoteFeedDeps {
  /** From now on the quotes object sends this shard new prices. May reject. */
  follow(): Promise<void>;
  listenersTo(productId: string): Listener[];
  onFailure(error: unknown): void;
}

interface Topic {
  update: QuoteUpdate;
  /** It is still to be sent. */
  waiting: boolean;
  /** No message before. */
  notBefore: number;
}

export class QuoteFeed {
  readonly #topics = new Map<string, Topic>();
  readonly #pace = new Pace(HUB_LEVEL_SPACING_US_PER_SEND);
  readonly #sending = new Pump({ pass: () => this.#sendWaiting() });
  #following = false;

  constructor(private readonly deps: QuoteFeedDeps) {}

  /** Somebody listens. `again`: what was said may have been lost. Never rejects, and nobody waits for it. */
  begin(again = false): void {
    if (this.#following && !again) return;
    this.#following = true;
    const follow = () => withTimeout(this.deps.follow(), HUB_CALL_TIMEOUT_MS, "quotes");
    retry(HUB_WATCH_TRIES, follow, HUB_BACKOFF).catch((error: unknown) => {
      this.#following = false;
      this.deps.onFailure(error);
    });
  }

  /** Answers whether the shard wants more. */
  changed(updates: readonly QuoteUpdate[], anyListener: boolean): boolean {
    this.#forgetOld();
    this.#following = anyListener;
    for (const update of updates) {
      const topic = this.#topics.get(update.productId);
      if (topic && !isNewer(update, topic.update)) continue;
      if (this.deps.listenersTo(update.productId).length === 0) continue;
      this.#topics.set(update.productId, { notBefore: 0, ...topic, update, waiting: true });
    }
    this.#sending.wake();
    return anyListener;
  }

  #sendWaiting(): More {
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const topic of this.#topics.values()) {
      if (!topic.waiting) continue;
      const waitMs = Math.max(topic.notBefore - Date.now(), this.#pace.aheadMs - HUB_BURST_MS);
      if (waitMs <= 0) this.#send(topic);
      else soonestMs = Math.min(soonestMs, waitMs);
    }
    return soonestMs < Number.POSITIVE_INFINITY ? Math.max(HUB_PACE_TICK_MS, soonestMs) : undefined;
  }

  #send(topic: Topic): void {
    topic.waiting = false;
    const { update } = topic;
    const listeners = this.deps.listenersTo(update.productId);
    const ownMs = (listeners.length * HUB_BROADCAST_SPACING_US_PER_LISTENER) / 1000;
    topic.notBefore = Date.now() + Math.max(QUOTE_SPACING_MS, ownMs);
    const message = priceMessage(update);
    // Sending never throws. Its slices are over long before the next price of the product goes out.
    void inSlices(listeners, HUB_SLICE, (slice) => {
      for (const listener of slice) listener.send(message);
      this.#pace.charge(slice.length);
    });
  }

  /** They space nothing any more. */
  #forgetOld(): void {
    const now = Date.now();
    for (const [productId, { waiting, notBefore }] of this.#topics) {
      if (!waiting && notBefore <= now) this.#topics.delete(productId);
    }
  }
}
