/**
 * Counts names of which there may be any number in bounded room (Space-Saving: Metwally, Agrawal, El Abbadi 2005). As long as
 * there are no more names than there is room for, every count is exact. After that a new name takes the place of the one with
 * the lowest count, and starts from there: it may have been counted before. What is answered leaves that start out, so a count
 * is never too high, and too low by `maximumError` at most, which is at most the sum of all counts through the room.
 */

/** name, count, how much of the count was there before the name, and units that were counted with the name. */
export type Counter = [name: string, count: number, inherited: number, units: number];

export interface StoredCounters {
  counters: Counter[];
  lost: number;
}

export class HeavyHitters {
  readonly #counters: Map<string, Counter>;
  #lost: number;

  constructor(
    private readonly room: number,
    stored: StoredCounters = { counters: [], lost: 0 },
  ) {
    this.#counters = new Map(stored.counters.map((counter) => [counter[0], counter]));
    this.#lost = stored.lost;
  }

  /** The name was seen `count` times, with so many units in all. */
  add({ name, count, units }: { name: string; count: number; units: number }): void {
    const known = this.#counters.get(name);
    if (known) {
      known[1] += count;
      known[3] += units;
      return;
    }
    let inherited = 0;
    if (this.#counters.size >= this.room) {
      const [least, lowest] = this.#lowest();
      this.#counters.delete(least);
      inherited = lowest;
    }
    this.#counters.set(name, [name, inherited + count, inherited, units]);
  }

  /** Names that nobody remembers were seen so many times in all. */
  lose(count: number): void {
    this.#lost += count;
  }

  /** The count of any name, here or not, is too low by this much at most. */
  get maximumError(): number {
    const full = this.#counters.size >= this.room;
    return this.#lost + (full ? this.#lowest()[1] : 0);
  }

  /** Never too high. */
  tallies(): { name: string; count: number; units: number }[] {
    return Array.from(this.#counters.values(), ([name, count, inherited, units]) => {
      return { name, count: count - inherited, units };
    });
  }

  stored(): StoredCounters {
    return { counters: [...this.#counters.values()], lost: this.#lost };
  }

  #lowest(): [name: string, count: number] {
    let lowest: [string, number] = ["", Number.POSITIVE_INFINITY];
    for (const [name, count] of this.#counters.values()) if (count < lowest[1]) lowest = [name, count];
    return lowest;
  }
}
