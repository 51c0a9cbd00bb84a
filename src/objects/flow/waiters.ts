/** Those who wait until something is so, each no longer than its time. */

export class Waiters {
  readonly #looks = new Set<() => void>();

  get size(): number {
    return this.#looks.size;
  }

  /** What `look` finds, now or after a `notify`; undefined when the time is over. Never rejects unless `look` throws. */
  wait<T>(look: () => T | undefined, timeoutMs = Number.POSITIVE_INFINITY): Promise<T | undefined> {
    const found = look();
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => {
      const end = (value: T | undefined) => {
        clearTimeout(timer);
        this.#looks.delete(lookAgain);
        resolve(value);
      };
      const lookAgain = () => {
        const value = look();
        if (value !== undefined) end(value);
      };
      const bounded = timeoutMs < Number.POSITIVE_INFINITY;
      const timer = bounded ? setTimeout(() => end(undefined), timeoutMs) : undefined;
      this.#looks.add(lookAgain);
    });
  }

  /** Things are no longer as they were. */
  notify(): void {
    for (const lookAgain of this.#looks) lookAgain();
  }
}
