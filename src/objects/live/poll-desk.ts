/** Long polls: each waits until the book has something for it, or its time is over. All are answered from one tail. */
import type { TailEvent } from "../../d1/event-tail";
import type { BookPage, PollAnswer, PollQuery } from "../../domain/listening";
import type { BookTail } from "./book-tail";

interface Poll {
  query: PollQuery;
  answer(answer: PollAnswer): void;
}

export class PollDesk {
  readonly #polls = new Set<Poll>();

  get size(): number {
    return this.#polls.size;
  }

  /** `tail` is asked now and when the time is over; undefined: the end of the book is not known here yet. */
  wait(query: PollQuery, tail: () => BookTail | undefined): Promise<PollAnswer> {
    const answerNow = answerOf(query, tail());
    if (answerNow) return Promise.resolve(answerNow);
    return new Promise((resolve) => {
      const poll: Poll = {
        query,
        answer: (answer) => {
          clearTimeout(timer);
          this.#polls.delete(poll);
          resolve(answer);
        },
      };
      const timer = setTimeout(() => {
        const known = tail();
        poll.answer(known ? pageOf(poll.query, known) : emptyPage(poll.query));
      }, query.waitMs);
      this.#polls.add(poll);
    });
  }

  /** The tail is known, or has grown. */
  look(tail: BookTail): void {
    for (const poll of this.#polls) {
      const found = answerOf(poll.query, tail);
      if (found) poll.answer(found);
      // What it has seen and does not want is not looked at again.
      else poll.query = { ...poll.query, offset: Math.max(poll.query.offset, tail.end + 1) };
    }
  }
}

/** undefined: it has to wait. */
function answerOf(query: PollQuery, tail: BookTail | undefined): PollAnswer | undefined {
  if (!tail) return undefined;
  const answer = pageOf(query, tail);
  return answer.state === "page" && answer.page.rows.length === 0 ? undefined : answer;
}

function pageOf(query: PollQuery, tail: BookTail): PollAnswer {
  const { offset, limit } = query;
  if (!tail.covers(offset)) return { state: "behind" };
  const found: TailEvent[] = [];
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

function emptyPage({ offset }: PollQuery): PollAnswer {
  const page: BookPage = { rows: [], nextOffset: offset, hasMore: false, newest: offset - 1 };
  return { state: "page", page };
}

function matches(event: TailEvent, { productId, type }: PollQuery): boolean {
  return (
    (productId === undefined || event.productId === productId) && (type === undefined || event.type === type)
  );
}
