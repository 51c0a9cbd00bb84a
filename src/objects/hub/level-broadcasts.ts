/**
 * When the newest levels go out: at once if the shard has time, else as soon as it has, then whatever is newest; to many in
 * slices. What sockets were sent is written to them soon afterwards, so that it outlives the object's sleep.
 */
import type { LevelUpdate } from "../../domain/level-update";
import * as limits from "../../limits";
import { inSlices, Pace } from "../flow/pace";
import { Pump, type More } from "../flow/pump";
import type { Listener } from "./listener";
import { levelMessage, type Message } from "./message";

/** `null`: there is no such product; `undefined`: it could not be asked. */
export type Look = LevelUpdate | null | undefined;

/** A product that somebody on the shard listens to. */
export class Topic {
  readonly subscribers = new Set<Subscriber>();
  level: LevelUpdate | undefined;
  looking: Promise<Look> | undefined;
  /** No broadcast before. */
  notBefore = 0;
  heardAt = 0;

  constructor(readonly productId: string) {}
}

export interface Subscriber {
  listener: Listener;
  clamped: boolean;
  /** The last version it has, by product; 0: none. */
  sentByProduct: Map<string, number>;
}

export class LevelBroadcasts {
  readonly #pace = new Pace(limits.HUB_LEVEL_SPACING_US_PER_SEND);
  /** Topics whose newest level has to wait. */
  readonly #waiting = new Set<Topic>();
  readonly #sending = new Pump({ pass: () => this.#sendWaiting() });
  /** Whose attachments are older than what they were sent. */
  readonly #unremembered = new Set<Subscriber>();
  readonly #remembering = new Pump({ gatherMs: limits.HUB_REMEMBER_MS, pass: () => this.#rememberAll() });

  /** Sends what is newest to all who do not have it, as soon as there is time. */
  schedule(topic: Topic): void {
    const waitMs = this.#waitMs(topic);
    if (waitMs <= 0) return this.#broadcast(topic);
    this.#waiting.add(topic);
    this.#sending.wake(Math.max(limits.HUB_PACE_TICK_MS, waitMs));
  }

  /** Nothing when it has that version, or no longer wants it. */
  send(subscriber: Subscriber, level: LevelUpdate, message = levelMessage(level, subscriber.clamped)): void {
    const { productId, version } = level;
    const sent = subscriber.sentByProduct.get(productId);
    if (sent === undefined || sent >= version) return;
    subscriber.sentByProduct.set(productId, version);
    subscriber.listener.send(message);
    if (this.#unremembered.size === 0) this.#remembering.wake();
    this.#unremembered.add(subscriber);
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
    return Math.max(topic.notBefore - Date.now(), this.#pace.aheadMs - limits.HUB_BURST_MS);
  }

  #sendWaiting(): More {
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const topic of this.#waiting) {
      const waitMs = this.#waitMs(topic);
      if (waitMs <= 0) this.#broadcast(topic);
      else soonestMs = Math.min(soonestMs, waitMs);
    }
    return this.#waiting.size > 0 ? Math.max(limits.HUB_PACE_TICK_MS, soonestMs) : undefined;
  }

  #broadcast(topic: Topic): void {
    this.#waiting.delete(topic);
    const { level, productId } = topic;
    if (!level) return;
    const behind = [...topic.subscribers].filter(
      ({ sentByProduct }) => (sentByProduct.get(productId) ?? 0) < level.version,
    );
    if (behind.length === 0) return;
    // Sending never throws.
    void this.#sendAll(topic, behind, level.version);
    const ownMs = (behind.length * limits.HUB_BROADCAST_SPACING_US_PER_LISTENER) / 1000;
    topic.notBefore = Date.now() + Math.max(limits.LEVEL_SPACING_MS, ownMs);
  }

  async #sendAll(topic: Topic, subscribers: readonly Subscriber[], begunWith: number): Promise<void> {
    await inSlices(subscribers, limits.HUB_SLICE, (slice) => this.#sendTo(topic, slice));
    // Later slices were sent what is newest; the first ones follow.
    if (topic.level?.version !== begunWith) this.schedule(topic);
  }

  #sendTo({ level }: Topic, subscribers: readonly Subscriber[]): void {
    if (!level) return;
    let open: Message | undefined;
    let clamped: Message | undefined;
    for (const subscriber of subscribers) {
      const message = subscriber.clamped
        ? (clamped ??= levelMessage(level, true))
        : (open ??= levelMessage(level, false));
      this.send(subscriber, level, message);
    }
    this.#pace.charge(subscribers.length);
  }

  #rememberAll(): undefined {
    for (const subscriber of this.#unremembered) this.remember(subscriber);
  }
}
