/**
 * Works on many rows at once and tells the results in the order of the rows. It reads no further than it may
 * work, and works no further than its reader takes results, so memory stays bounded whichever of the two is
 * slow.
 */

/** `work` must not reject. Rejects as `rows` does, after everything before has been told. */
export async function* inFlight<Row, Result>(
  rows: AsyncGenerator<Row, void>,
  most: number,
  work: (row: Row, index: number) => Promise<Result>,
): AsyncGenerator<Result, void> {
  const started: Promise<Result>[] = [];
  let count = 0;
  let reading = readOne(rows);
  try {
    for (;;) {
      const [oldest] = started;
      const told = oldest?.then(() => "told" as const);
      const next = await Promise.race([...(told ? [told] : []), ...(started.length < most ? [reading] : [])]);
      if (next === "told") {
        yield await (started.shift() as Promise<Result>);
      } else if ("row" in next) {
        started.push(work(next.row, count));
        count += 1;
        reading = readOne(rows);
      } else {
        for (const result of started) yield await result;
        if ("error" in next) throw next.error;
        return;
      }
    }
  } finally {
    // Not awaited: a read that is under way may never end once the reader has gone.
    void rows.return().catch(() => undefined);
  }
}

type Read<Row> = { row: Row } | { end: true } | { error: unknown };

/** Never rejects: a failure waits until its turn to be told. */
async function readOne<Row>(rows: AsyncGenerator<Row, void>): Promise<Read<Row>> {
  try {
    const next = await rows.next();
    return next.done ? { end: true } : { row: next.value };
  } catch (error) {
    return { error };
  }
}

/** One thing at a time per name, in the order of asking; different names do not wait for each other. */
export class TurnsByName {
  readonly #lastByName = new Map<string, Promise<unknown>>();

  /** `work` must not reject. It may ask whether another of its name waits behind it. */
  take<Result>(name: string, work: (isFollowed: () => boolean) => Promise<Result>): Promise<Result> {
    const before = this.#lastByName.get(name) ?? Promise.resolve();
    const mine: Promise<Result> = before.then(() => work(() => this.#lastByName.get(name) !== mine));
    this.#lastByName.set(name, mine);
    void this.#forget(name, mine);
    return mine;
  }

  async #forget(name: string, turn: Promise<unknown>): Promise<void> {
    await turn;
    if (this.#lastByName.get(name) === turn) this.#lastByName.delete(name);
  }
}
