/** What a batch has added to the log, for followers that want only some of it. */
import type { BookEntry, Stretch } from "../../d1/projection";
import type { EventType } from "../../domain/events/event";
import type { WebhookFilter } from "../../domain/webhook";
import type { Growth } from "../flow/notifier";

export class BatchGrowth implements Growth {
  #productIds: ReadonlySet<string> | undefined;
  readonly #productIdsByType = new Map<EventType, ReadonlySet<string>>();

  /** `stretch`: the offsets of the entries' events. */
  constructor(
    private readonly entries: readonly BookEntry[],
    readonly stretch: Stretch,
  ) {}

  /** True wherever an event passes the filter, and rarely where none does: a type is looked for as text. */
  mayPass({ types, productIds }: WebhookFilter): boolean {
    const sets = types === null ? [this.#all()] : types.map((type) => this.#withType(type));
    return sets.some((set) => (productIds === null ? set.size > 0 : productIds.some((id) => set.has(id))));
  }

  #all(): ReadonlySet<string> {
    return (this.#productIds ??= new Set(this.entries.map(({ productId }) => productId)));
  }

  #withType(type: EventType): ReadonlySet<string> {
    const known = this.#productIdsByType.get(type);
    if (known) return known;
    const having = this.entries.filter(({ events }) => events.includes(`"${type}"`));
    const found = new Set(having.map(({ productId }) => productId));
    this.#productIdsByType.set(type, found);
    return found;
  }
}
