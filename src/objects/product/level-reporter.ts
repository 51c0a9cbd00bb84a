/** Notifies the hub shards that listen to this product of its newest level: no more than one call in flight to each. */
import { levelUpdate, type LevelUpdate } from "../../domain/level-update";
import type { ProductState } from "../../domain/views";
import { LEVEL_SPACING_MS, WATCHER_TIMEOUT_MS } from "../../limits";
import { withTimeout } from "../../timeout";
import { Notifier, type WatcherAnswer } from "../flow/notifier";

export interface LevelReporterDeps {
  /** Exact to this moment; undefined: there never was such a product. */
  read(): ProductState | undefined;
  notify(shard: string, level: LevelUpdate): Promise<WatcherAnswer>;
  onFailure(error: unknown): void;
}

export class LevelReporter {
  readonly #notifier: Notifier;

  /** `version`: the last that is known to have been reported; 0 when a crash may have kept it from that. */
  constructor(
    sql: SqlStorage,
    private version: number,
    private readonly deps: LevelReporterDeps,
  ) {
    this.#notifier = new Notifier(sql, {
      spacingMs: LEVEL_SPACING_MS,
      notify: (shard) => this.#notify(shard),
      onFailure: (_, error) => deps.onFailure(error),
    });
  }

  /** null, and nothing kept: there is no such product. */
  watch(shard: string): LevelUpdate | null {
    const state = this.deps.read();
    if (!state || state.product.deleted) return null;
    this.#notifier.add(shard);
    return levelUpdate(state);
  }

  /** After every batch of commands, and after every start. */
  changed(version: number): void {
    if (version === this.version) return;
    this.#notifier.notify();
  }

  async #notify(shard: string): Promise<WatcherAnswer> {
    const state = this.deps.read();
    if (!state) return { listening: false };
    return withTimeout(this.deps.notify(shard, levelUpdate(state)), WATCHER_TIMEOUT_MS, shard);
  }
}
