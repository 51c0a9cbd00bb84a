/** Long polls: each waits until the log has something for it, or its time is over. All are answered from one tail. */
import type { LogEvent } from "../../d1/event-tail";
import type { PollAnswer, PollQuery } from "../../domain/listening";
import { Waiters } from "../flow/waiters";
import { LogTail } from "../log/log-tail";

export class LongPolls {
  readonly #waiters = new Waiters();

  get size(): number {
    return this.#waiters.size;
  }

  /** `tail` is undefined while the end of the log is not known here. Never rejects. */
  async wait(query: PollQuery, tail: () => LogTail | undefined): Promise<PollAnswer> {
    let rest = query;
    const look = () => {
      const known = tail();
      const answer = known && pageOf(rest, known);
      if (!answer || answer.state !== "page" || answer.page.rows.length > 0) return answer;
      // What it has seen and does not want is not looked at again.
      rest = { ...rest, offset: answer.page.nextOffset };
      return undefined;
    };
    const found = await this.#waiters.wait(look, query.waitMs);
    return found ?? pageOf(rest, tail() ?? new LogTail(rest.offset - 1));
  }

  /** The tail is known, or has grown. */
  look(): void {
    this.#waiters.notify();
  }
}

function pageOf(query: PollQuery, tail: LogTail): PollAnswer {
  const { offset, limit } = query;
  if (!tail.covers(offset)) return { state: "behind" };
  const found: LogEvent[] = [];
  for (const event of tail.from(offset)) {
    if (!matches(event, query)) continue;
    found.push(event);
    if (found.length > limit) break;
  }
  const hasMore = found.length > limit;
  const rows = found.slice(0, limit).map((event) => ({ offset: event.offset, body: event.body }));
  const nextOffset = hasMore ? (rows.at(-1)?.offset ?? offset) + 1 : Math.max(offset, tail.end + 1);
  return { state: "page", page: { rows, nextOffset, hasMore, newest: tail.end } };
}

function matches(event: LogEvent, { productId, type }: PollQuery): boolean {
  return (
    (productId === undefined || event.productId === productId) && (type === undefined || event.type === type)
  );
}
