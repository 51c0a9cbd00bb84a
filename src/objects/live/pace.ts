/** Spreads what a shard sends over time, so that listeners never keep a thread from those who reserve. */

export class Pace {
  readonly #usPerSend: number;
  #freeAt = 0;

  constructor(usPerSend: number) {
    this.#usPerSend = usPerSend;
  }

  charge(sends: number): void {
    this.#freeAt = Math.max(Date.now(), this.#freeAt) + (sends * this.#usPerSend) / 1000;
  }

  /** How far sending has run ahead of its share of time. */
  get aheadMs(): number {
    return Math.max(0, this.#freeAt - Date.now());
  }
}

/** Doubling from `minMs`, at most `maxMs`, and never the same for all who wait. */
export function backOffMs(failures: number, bounds: { minMs: number; maxMs: number }): number {
  const { minMs, maxMs } = bounds;
  return Math.min(maxMs, minMs * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
}
