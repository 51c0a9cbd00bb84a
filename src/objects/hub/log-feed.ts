/**
 * The log as it grows, for those on this shard: followers get every event once, in order; long polls get what they wait for.
 * One read serves all; a follower that is behind the shard catches up by itself and then joins. While the book is away
 * everybody waits.
 */
import pLimit from "p-limit";
import { EVERY_EVENT, type LogPage, type LogQuery } from "../../d1/event-tail";
import type { PollAnswer, PollQuery } from "../../domain/listening";
import * as limits from "../../limits";
import { inSlices, Pace } from "../flow/pace";
import { LogReader, type Taken } from "../log/log-reader";
import { LogTail } from "../log/log-tail";
import type { Listener } from "./listener";
import { LogFollower, type LogFollowerDeps, type LogMessage } from "./log-follower";
import { LongPolls } from "./long-polls";
import { eventMessage } from "./message";

export interface LogFeedDeps {
  /** From now on this shard is notified when the log has grown. May reject. */
  follow(): Promise<void>;
  /** May reject. */
  read(query: LogQuery): Promise<LogPage>;
  /** The first of failures in a row. */
  onFailure(what: string, error: unknown): void;
}

/** No log is so long. */
const PAST_THE_END = Number.MAX_SAFE_INTEGER;

export class LogFeed extends LogReader {
  readonly #followers = new Map<Listener, LogFollower>();
  readonly #polls = new LongPolls();
  readonly #pace = new Pace(limits.HUB_EVENT_SPACING_US_PER_SEND);
  readonly #limit = pLimit(limits.HUB_CATCH_UP_READS);
  readonly #followerDeps: LogFollowerDeps = {
    tail: () => this.#currentTail.promise,
    read: (offset) => this.#limit(() => this.deps.read(queryFrom(offset))),
    pace: this.#pace,
    onFailure: (error) => this.deps.onFailure("a follower cannot catch up", error),
  };
  #tail: LogTail | undefined;
  /** The shard knows all but the last moments of the log, and is notified of what comes. */
  #current = false;
  #currentTail = Promise.withResolvers<LogTail>();

  constructor(private readonly deps: LogFeedDeps) {
    super((query) => deps.read(query), {
      backoff: limits.HUB_BACKOFF,
      onFailure: (error, failures) => failures === 1 && deps.onFailure("the log cannot be followed", error),
    });
  }

  get followers(): number {
    return this.#followers.size;
  }

  get polls(): number {
    return this.#polls.size;
  }

  get any(): boolean {
    return this.#followers.size > 0 || this.#polls.size > 0;
  }

  /** `next`: the first offset it wants; null: from the end of the log on. */
  join(listener: Listener, next: number | null): void {
    this.#followers.set(listener, new LogFollower(listener, next, this.#followerDeps));
    this.#begin();
  }

  leave(listener: Listener): void {
    this.#followers.get(listener)?.stop();
    this.#followers.delete(listener);
  }

  /** Resolves when there is something for it, or empty when its time is over; never rejects. */
  poll(query: PollQuery): Promise<PollAnswer> {
    const answer = this.#polls.wait(query, () => this.#tail);
    this.#begin();
    return answer;
  }

  /** The oldest offset there is, if this one is older. null: it is not, or the book cannot say now. */
  async expired(offset: number): Promise<number | null> {
    if (this.#tail?.covers(offset)) return null;
    try {
      const { oldest } = await this.deps.read({ ...queryFrom(offset), limit: 1 });
      return oldest !== null && oldest > Math.max(offset, 1) ? oldest : null;
    } catch {
      // It waits like everybody else, and learns it then.
      return null;
    }
  }

  /** False: nobody here follows the log. */
  grew(): boolean {
    if (!this.any) {
      this.unfollow();
      this.#current = false;
      this.#currentTail = Promise.withResolvers<LogTail>();
      return false;
    }
    this.wake();
    return true;
  }

  /** Heals what was lost. Never rejects. */
  override async check(): Promise<void> {
    if (this.any) await super.check();
  }

  protected override next(): LogQuery | undefined {
    return this.any ? queryFrom(this.#tail ? this.#tail.end + 1 : PAST_THE_END) : undefined;
  }

  protected override follow(): Promise<void> {
    return this.deps.follow();
  }

  protected override onEnd(): void {
    this.#current = true;
    if (this.#tail) this.#currentTail.resolve(this.#tail);
  }

  #begin(): void {
    if (this.any && !this.#current && !this.busy) this.wake();
  }

  protected override async take(page: LogPage): Promise<Taken> {
    const tail = (this.#tail ??= new LogTail(page.nextOffset - 1));
    tail.push(page.rows);
    tail.skipTo(page.nextOffset - 1);
    this.#polls.look();
    if (page.rows.length === 0) return "read";
    await this.#hand(page.rows.map((row) => ({ offset: row.offset, message: eventMessage(row) })));
    await this.#pace.caughtUp();
    return "read";
  }

  #hand(messages: readonly LogMessage[]): Promise<void> {
    const slicing = { ...limits.HUB_SLICE, size: Math.ceil(limits.HUB_SLICE.size / messages.length) };
    return inSlices([...this.#followers.values()], slicing, (followers) => {
      for (const follower of followers) follower.take(messages);
    });
  }
}

function queryFrom(offset: number): LogQuery {
  return { offset, limit: limits.HUB_PAGE_EVENTS, filter: EVERY_EVENT };
}
