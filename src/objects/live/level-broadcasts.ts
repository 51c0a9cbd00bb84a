/**
 * When the newest levels go out: at once if the shard has time, else as soon as it has, then whatever is newest; a crowd in
 * slices. What sockets were sent is written to them soon afterwards, so that it outlives the object's sleep.
 */
import type { LevelNews } from "../../domain/level-news";
import {
  HUB_BROADCAST_SPACING_US_PER_LISTENER,
  HUB_BURST_MS,
  HUB_LEVEL_SPACING_US_PER_SEND,
  HUB_PACE_TICK_MS,
  HUB_REMEMBER_MS,
  HUB_SLICE_LISTENERS,
  HUB_SLICE_PAUSE_MS,
  LEVEL_NEWS_SPACING_MS,
} from "../../limits";
import { pause } from "../../timeout";
import type { Listener } from "./listener";
import { levelMessage, type Message } from "./message";
import { Pace } from "./pace";

/** `null`: there is no such product; `undefined`: it could not be asked. */
export type Look = LevelNews | null | undefined;

/** A product that somebody on the shard listens to. */
export interface Topic {
  productId: string;
  subscribers: Set<Subscriber>;
  news: LevelNews | undefined;
  looking: Promise<Look> | undefined;
  /** No broadcast before. */
  notBefore: number;
  heardAt: number;
}

export interface Subscriber {
  listener: Listener;
  clamped: boolean;
  /** The last version it has, by product; 0: none. */
  sentByProduct: Map<string, number>;
}

export class LevelBroadcasts {
  readonly #pace = new Pace(HUB_LEVEL_SPACING_US_PER_SEND);
  /** Topics with news that has to wait. */
  readonly #waiting = new Set<Topic>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  /** Whose attachments are older than what they were sent. */
  readonly #unremembered = new Set<Subscriber>();
  #remembering = false;

  /** Sends what is newest to all who do not have it, as soon as there is time. */
  schedule(topic: Topic): void {
    const waitMs = this.#waitMs(topic);
    if (waitMs <= 0) return this.#broadcast(topic);
    this.#waiting.add(topic);
    this.#wakeIn(waitMs);
  }

  /** Nothing when it has that version, or no longer wants it. */
  send(
    subscriber: Subscriber,
    news: LevelNews,
    message: Message = levelMessage(news, subscriber.clamped),
  ): void {
    const { productId, version } = news;
    const sent = subscriber.sentByProduct.get(productId);
    if (sent === undefined || sent >= version) return;
    subscriber.sentByProduct.set(productId, version);
    subscriber.listener.send(message);
    this.#unremembered.add(subscriber);
    if (!this.#remembering) setTimeout(() => this.#rememberAll(), HUB_REMEMBER_MS);
    this.#remembering = true;
  }

  remember(subscriber: Subscriber): void {
    const { listener, clamped, sentByProduct } = subscriber;
    this.#unremembered.delete(subscriber);
    const sent = [...sentByProduct].map(([productId, version]) => `${productId}:${version}`).join(",");
    listener.remember({ to: "levels", clamped, sent });
  }

  cancel(topic: Topic): void {
    this.#waiting.delete(topic);
  }

  /** It has left. */
  forget(subscriber: Subscriber): void {
    this.#unremembered.delete(subscriber);
  }

  #waitMs(topic: Topic): number {
    return Math.max(topic.notBefore - Date.now(), this.#pace.aheadMs - HUB_BURST_MS);
  }

  #wakeIn(waitMs: number): void {
    const at = Date.now() + Math.max(HUB_PACE_TICK_MS, waitMs);
    if (this.#timerAt <= at) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#sendWaiting(), at - Date.now());
  }

  #sendWaiting(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const topic of this.#waiting) {
      const waitMs = this.#waitMs(topic);
      if (waitMs <= 0) this.#broadcast(topic);
      else soonestMs = Math.min(soonestMs, waitMs);
    }
    if (this.#waiting.size > 0) this.#wakeIn(soonestMs);
  }

  /** To all who listen, a slice at a time, so that nobody else has to wait for the whole of a crowd. */
  #broadcast(topic: Topic): void {
    this.#waiting.delete(topic);
    const { news, productId } = topic;
    if (!news) return;
    const crowd = [...topic.subscribers].filter(
      ({ sentByProduct }) => (sentByProduct.get(productId) ?? 0) < news.version,
    );
    if (crowd.length === 0) return;
    this.#sendTo(topic, crowd.slice(0, HUB_SLICE_LISTENERS));
    if (crowd.length > HUB_SLICE_LISTENERS) void this.#sendOn(topic, crowd, news.version);
    const ownMs = (crowd.length * HUB_BROADCAST_SPACING_US_PER_LISTENER) / 1000;
    topic.notBefore = Date.now() + Math.max(LEVEL_NEWS_SPACING_MS, ownMs);
  }

  async #sendOn(topic: Topic, crowd: readonly Subscriber[], begunWith: number): Promise<void> {
    for (let at = HUB_SLICE_LISTENERS; at < crowd.length; at += HUB_SLICE_LISTENERS) {
      await pause(HUB_SLICE_PAUSE_MS);
      this.#sendTo(topic, crowd.slice(at, at + HUB_SLICE_LISTENERS));
    }
    // Later slices were sent what is newest; the first ones follow.
    if (topic.news?.version !== begunWith) this.schedule(topic);
  }

  #sendTo({ news }: Topic, subscribers: readonly Subscriber[]): void {
    if (!news) return;
    let open: Message | undefined;
    let clamped: Message | undefined;
    for (const subscriber of subscribers) {
      const message = subscriber.clamped
        ? (clamped ??= levelMessage(news, true))
        : (open ??= levelMessage(news, false));
      this.send(subscriber, news, message);
    }
    this.#pace.charge(subscribers.length);
  }

  #rememberAll(): void {
    this.#remembering = false;
    for (const subscriber of this.#unremembered) this.remember(subscriber);
  }
}
