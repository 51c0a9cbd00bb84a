/** Bounds how many pages of the book are read at a time, for followers that catch up each for itself. */
import type { Tail } from "../../d1/event-tail";
import { HUB_CATCH_UP_READS } from "../../limits";

export class ReadingRoom {
  readonly #read: (from: number, limit: number) => Promise<Tail>;
  #reading = 0;
  readonly #queue: (() => void)[] = [];

  constructor(read: (from: number, limit: number) => Promise<Tail>) {
    this.#read = read;
  }

  /** Rejects when the read does. */
  async read(from: number, limit: number): Promise<Tail> {
    if (this.#reading >= HUB_CATCH_UP_READS) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#reading += 1;
    try {
      return await this.#read(from, limit);
    } finally {
      // The place passes on, or is free.
      const next = this.#queue.shift();
      if (next) next();
      else this.#reading -= 1;
    }
  }
}
