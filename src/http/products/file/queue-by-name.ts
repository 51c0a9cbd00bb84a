/** One thing at a time per name, in the order of asking; different names do not wait for each other. */
export class QueueByName {
  readonly #lastByName = new Map<string, Promise<unknown>>();

  /** `work` must not reject. It may ask whether another of its name waits behind it. */
  run<Result>(name: string, work: (isFollowed: () => boolean) => Promise<Result>): Promise<Result> {
    const before = this.#lastByName.get(name) ?? Promise.resolve();
    const mine: Promise<Result> = before.then(() => work(() => this.#lastByName.get(name) !== mine));
    this.#lastByName.set(name, mine);
    void this.#forget(name, mine);
    return mine;
  }

  async #forget(name: string, work: Promise<unknown>): Promise<void> {
    await work;
    if (this.#lastByName.get(name) === work) this.#lastByName.delete(name);
  }
}
