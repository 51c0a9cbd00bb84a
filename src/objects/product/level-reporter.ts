/** Tells the hub shards that listen to this product its newest level: no more than one call in flight to each. */
import { levelNews, type LevelNews } from "../../domain/level-news";
import type { ProductState } from "../../domain/views";
import { LEVEL_NEWS_SPACING_MS, WATCHER_TIMEOUT_MS } from "../../limits";
import { withTimeout } from "../../timeout";
import { Watchers, type WatcherAnswer } from "../live/watchers";

export interface LevelReporterDeps {
  /** Exact to this moment; undefined: there never was such a product. */
  read(): ProductState | undefined;
  tell(shard: string, news: LevelNews): Promise<WatcherAnswer>;
  onFailure(error: unknown): void;
}

export class LevelReporter {
  readonly #deps: LevelReporterDeps;
  readonly #watchers: Watchers;
  #version: number;

  /** `version`: the last that is known to have been told; 0 when a crash may have kept it from that. */
  constructor(sql: SqlStorage, version: number, deps: LevelReporterDeps) {
    this.#version = version;
    this.#deps = deps;
    this.#watchers = new Watchers(sql, {
      spacingMs: LEVEL_NEWS_SPACING_MS,
      tell: (shard) => this.#tell(shard),
      onFailure: (_, error) => deps.onFailure(error),
    });
  }

  /** null, and nothing kept: there is no such product. */
  watch(shard: string): LevelNews | null {
    const state = this.#deps.read();
    if (!state || state.product.deleted) return null;
    this.#watchers.add(shard);
    return levelNews(state);
  }

  /** After every turn, and after every start. */
  changed(version: number): void {
    if (version === this.#version) return;
    this.#version = version;
    this.#watchers.notify();
  }

  async #tell(shard: string): Promise<WatcherAnswer> {
    // The turn that changed it ends first: reading may begin another.
    await Promise.resolve();
    const state = this.#deps.read();
    if (!state) return { listening: false };
    return withTimeout(this.#deps.tell(shard, levelNews(state)), WATCHER_TIMEOUT_MS, shard);
  }
}
