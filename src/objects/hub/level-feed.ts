/**
 * Who on this shard listens to which product, and the newest level of each. A level is a state: listeners get the newest,
 * versions only rise, and what came between may be left out. A product is asked once, then it notifies the shard; what it
 * says goes out at once if the shard has time, else as soon as it has, whatever is newest then.
 */
import type { LevelUpdate } from "../../domain/level-update";
import { inParallel } from "../../in-parallel";
import * as limits from "../../limits";
import { pause } from "../../timeout";
import { retry } from "../flow/backoff";
import { LevelBroadcasts, Topic, type Look, type Subscriber } from "./level-broadcasts";
import type { Listener } from "./listener";
import { errorMessage } from "./message";

export interface LevelFeedDeps {
  /** The level of now, and from now on the product notifies this shard; null: there is no such product. May reject. */
  watch(productId: string): Promise<LevelUpdate | null>;
  /** Which of these products the book knows. May reject. */
  existing(productIds: readonly string[]): Promise<Set<string>>;
  onFailure(productId: string, error: unknown): void;
}

export class LevelFeed {
  readonly #topics = new Map<string, Topic>();
  readonly #subscribers = new Map<Listener, Subscriber>();
  readonly #broadcasts = new LevelBroadcasts();

  constructor(private readonly deps: LevelFeedDeps) {}

  get size(): number {
    return this.#subscribers.size;
  }

  /** Who is subscribed to a product now. */
  listenersTo(productId: string): Listener[] {
    return [...(this.#topics.get(productId)?.subscribers ?? [])].map(({ listener }) => listener);
  }

  join(listener: Listener, clamped: boolean): void {
    this.#subscribers.set(listener, { listener, clamped, sentByProduct: new Map() });
  }

  /** One that listened before the object slept, with what it had kept. */
  rejoin(listener: Listener, kept: { clamped: boolean; sent: string }): void {
    this.join(listener, kept.clamped);
    const subscriber = this.#subscribers.get(listener);
    for (const entry of kept.sent.split(",")) {
      const [productId = "", version] = entry.split(":");
      if (subscriber && productId !== "") this.#add(subscriber, productId, Number(version));
    }
  }

  leave(listener: Listener): void {
    const subscriber = this.#subscribers.get(listener);
    if (!subscriber) return;
    this.#subscribers.delete(listener);
    this.#broadcasts.forget(subscriber);
    for (const productId of subscriber.sentByProduct.keys()) this.#remove(subscriber, productId);
  }

  /** The product's level, asked for if it is not known here, for somebody who subscribes to it then; null: there is none. */
  async look(productId: string): Promise<Look> {
    const topic = this.#topic(productId);
    const look = await this.#look(topic);
    if (!look) this.#dropIfEmpty(topic);
    return look;
  }

  /**
   * Each product's newest level goes to the listener, unless it has that version; then every newer one. Products that do
   * not exist, or cannot be asked, are sent as errors; of too many none is taken. None may be named twice.
   */
  async subscribe(
    listener: Listener,
    productIds: readonly string[],
    sinceByProduct?: ReadonlyMap<string, number>,
  ): Promise<void> {
    const subscriber = this.#subscribers.get(listener);
    if (!subscriber) return;
    const { sentByProduct } = subscriber;
    const added = productIds.filter((productId) => !sentByProduct.has(productId));
    if (sentByProduct.size + added.length > limits.MAX_PRODUCTS_PER_LISTENER) {
      const detail = `A listener may have ${limits.MAX_PRODUCTS_PER_LISTENER} products.`;
      return listener.send(
        errorMessage("too_many_products", detail, { limit: limits.MAX_PRODUCTS_PER_LISTENER }),
      );
    }
    for (const productId of added) this.#add(subscriber, productId, sinceByProduct?.get(productId) ?? 0);
    this.#broadcasts.remember(subscriber);
    await this.#beginAll(subscriber, productIds);
  }

  unsubscribe(listener: Listener, products: readonly string[]): void {
    const subscriber = this.#subscribers.get(listener);
    if (!subscriber) return;
    for (const productId of products) this.#remove(subscriber, productId);
    this.#broadcasts.remember(subscriber);
  }

  /** False: nobody here listens to that product. */
  levelChanged(level: LevelUpdate): boolean {
    const topic = this.#topics.get(level.productId);
    if (!topic) return false;
    topic.heardAt = Date.now();
    if (topic.level && level.version <= topic.level.version) return true;
    topic.level = level;
    this.#broadcasts.schedule(topic);
    return true;
  }

  /** Asks the products that have not been heard of for long, so that what was lost arrives after all. */
  async check(): Promise<void> {
    for (const topic of this.#topics.values()) this.#dropIfEmpty(topic);
    const before = Date.now() - limits.HUB_LEVEL_CHECK_MS;
    const silent = [...this.#topics.values()]
      .filter(({ heardAt }) => heardAt <= before)
      .toSorted((a, b) => a.heardAt - b.heardAt)
      .slice(0, limits.HUB_MAX_LEVELS_CHECKED);
    await inParallel(silent, limits.HUB_WATCH_CONCURRENCY, async (topic) => void (await this.#ask(topic)));
  }

  #topic(productId: string): Topic {
    const topic = this.#topics.get(productId) ?? new Topic(productId);
    this.#topics.set(productId, topic);
    return topic;
  }

  #dropIfEmpty(topic: Topic): void {
    if (topic.subscribers.size > 0 || topic.looking || this.#topics.get(topic.productId) !== topic) return;
    this.#topics.delete(topic.productId);
    this.#broadcasts.cancel(topic);
  }

  #add(subscriber: Subscriber, productId: string, since: number): void {
    subscriber.sentByProduct.set(productId, since);
    this.#topic(productId).subscribers.add(subscriber);
  }

  #remove(subscriber: Subscriber, productId: string): void {
    if (!subscriber.sentByProduct.delete(productId)) return;
    const topic = this.#topics.get(productId);
    if (!topic) return;
    topic.subscribers.delete(subscriber);
    this.#dropIfEmpty(topic);
  }

  /**
   * Names that are not known here may be anybody's, and each would wake an object, so the book is asked first; twice, since it
   * gets to know a new product a moment later. A single name, or what the book cannot say, is for the objects to say.
   */
  async #beginAll(subscriber: Subscriber, productIds: readonly string[]): Promise<void> {
    const beginEach = (ids: readonly string[], missing = false) =>
      Promise.all(ids.map((productId) => this.#begin(subscriber, productId, missing)));
    let unknown = productIds.filter((productId) => !this.#known(productId));
    const begun = [beginEach(productIds.filter((productId) => !unknown.includes(productId)))];
    try {
      for (const waitMs of [0, limits.HUB_UNKNOWN_RETRY_MS]) {
        if (unknown.length < 2) break;
        if (waitMs > 0) await pause(waitMs);
        const existing = await this.deps.existing(unknown);
        begun.push(beginEach([...existing]));
        unknown = unknown.filter((productId) => !existing.has(productId));
      }
      begun.push(beginEach(unknown, unknown.length > 1));
      await Promise.all(begun);
    } catch (error) {
      this.deps.onFailure(unknown[0] ?? "", error);
      await inParallel(unknown, limits.HUB_UNKNOWN_CONCURRENCY, (productId) =>
        this.#begin(subscriber, productId),
      );
    }
  }

  /** It has said something, or is being asked. */
  #known(productId: string): boolean {
    const topic = this.#topics.get(productId);
    return topic?.level !== undefined || topic?.looking !== undefined;
  }

  /** `missing`: the book has no such product. */
  async #begin(subscriber: Subscriber, productId: string, missing = false): Promise<void> {
    const topic = this.#topic(productId);
    const look = missing && !this.#known(productId) ? null : await this.#look(topic);
    // It may have left meanwhile, or have been sent it already.
    if (!subscriber.sentByProduct.has(productId)) return this.#dropIfEmpty(topic);
    if (look && topic.level) {
      await this.#correct(subscriber, topic);
      this.#broadcasts.send(subscriber, topic.level);
      return;
    }
    this.#remove(subscriber, productId);
    this.#broadcasts.remember(subscriber);
    subscriber.listener.send(
      look === null
        ? errorMessage("product_not_found", `There is no product ${productId}.`, { productId })
        : errorMessage("overloaded", "The product cannot be reached; subscribe again later.", { productId }),
    );
  }

  /** Whoever says that it has seen what is still to come would hear nothing until then: the product itself is asked. */
  async #correct({ sentByProduct }: Subscriber, topic: Topic): Promise<void> {
    const { productId } = topic;
    const isAhead = (version = 0) => (sentByProduct.get(productId) ?? 0) > version;
    if (!isAhead(topic.level?.version)) return;
    const look = await this.#ask(topic);
    if (look && isAhead(look.version)) sentByProduct.set(productId, 0);
  }

  /** From memory while the product notifies this shard; else from the product. */
  #look(topic: Topic): Promise<Look> {
    if (topic.level && !topic.level.deleted) return Promise.resolve(topic.level);
    return this.#ask(topic);
  }

  #ask(topic: Topic): Promise<Look> {
    return (topic.looking ??= this.#watch(topic).finally(() => {
      topic.looking = undefined;
    }));
  }

  async #watch(topic: Topic): Promise<Look> {
    const { productId } = topic;
    try {
      const watch = () => this.deps.watch(productId);
      const level = await retry(limits.HUB_WATCH_TRIES, watch, limits.HUB_BACKOFF);
      topic.heardAt = Date.now();
      if (level) this.levelChanged(level);
      return level;
    } catch (error) {
      this.deps.onFailure(productId, error);
      return undefined;
    }
  }
}
