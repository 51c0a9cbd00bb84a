/**
 * The book as it grows, for those on this shard: followers get every event once, in order; long polls get what they wait
 * for. One read serves all; a follower that is behind the shard catches up by itself and then joins. The shard asks to be
 * told of the book's growth before it reads where the book ends, so nothing falls in between. While the book is away
 * everybody waits.
 */
import type { Tail } from "../../d1/event-tail";
import type { PollAnswer, PollQuery } from "../../domain/listening";
import {
  HUB_EVENT_SPACING_US_PER_SEND,
  HUB_PAGE_EVENTS,
  HUB_RETRY_MAX_MS,
  HUB_RETRY_MIN_MS,
  HUB_SLICE_LISTENERS,
  HUB_SLICE_PAUSE_MS,
} from "../../limits";
import { pause } from "../../timeout";
import { BookTail } from "./book-tail";
import { Follower, type BookMessage, type FollowerDeps } from "./follower";
import type { Listener } from "./listener";
import { eventMessage } from "./message";
import { backOffMs, Pace } from "./pace";
import { PollDesk } from "./poll-desk";
import { ReadingRoom } from "./reading-room";

export interface BookDeskDeps {
  /** From now on this shard is told when the book has grown. May reject. */
  follow(): Promise<void>;
  /** May reject. */
  read(fromOffset: number, limit: number): Promise<Tail>;
  /** The first of failures in a row. */
  onFailure(what: string, error: unknown): void;
}

export class BookDesk {
  readonly #deps: BookDeskDeps;
  readonly #followers = new Map<Listener, Follower>();
  readonly #polls = new PollDesk();
  readonly #pace = new Pace(HUB_EVENT_SPACING_US_PER_SEND);
  readonly #followerDeps: FollowerDeps;
  #tail: BookTail | undefined;
  /** The shard is told when the book has grown. */
  #following = false;
  /** It has read to the end of the book since it is told, and so knows all but the last moments of it. */
  #current = false;
  #untilCurrent: (() => void)[] = [];
  #grown = false;
  #running = false;
  #failures = 0;

  constructor(deps: BookDeskDeps) {
    this.#deps = deps;
    const room = new ReadingRoom((from, limit) => deps.read(from, limit));
    this.#followerDeps = {
      tail: () => this.#currentTail(),
      read: (from) => room.read(from, HUB_PAGE_EVENTS),
      pace: this.#pace,
      onFailure: (error) => this.#deps.onFailure("a follower cannot catch up", error),
    };
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

  /** `next`: the first offset it wants; null: from the end of the book on. */
  join(listener: Listener, next: number | null): void {
    const follower = new Follower(listener, next, this.#followerDeps);
    this.#followers.set(listener, follower);
    void follower.catchUp();
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
      const { oldest } = await this.#deps.read(offset, 1);
      return oldest !== null && oldest > Math.max(offset, 1) ? oldest : null;
    } catch {
      // It waits like everybody else, and is told then.
      return null;
    }
  }

  /** False: nobody here follows the book. */
  bookGrew(): boolean {
    if (!this.any) {
      this.#following = this.#current = false;
      return false;
    }
    this.#wake();
    return true;
  }

  /** Heals what was lost: asks to be told, and reads, although nobody said that the book has grown. */
  check(): void {
    if (!this.any) return;
    this.#following = false;
    this.#wake();
  }

  #begin(): void {
    if (!this.#current && !this.#running) this.#wake();
  }

  #wake(): void {
    this.#grown = true;
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#grown && this.any) {
      this.#grown = false;
      try {
        await this.#follow();
        await this.#readOn();
        this.#failures = 0;
        // Somebody has said meanwhile that nobody follows: whoever has come since needs it again.
        this.#current = this.#following;
        this.#grown ||= !this.#current;
        if (this.#current) for (const resolve of this.#untilCurrent.splice(0)) resolve();
      } catch (error) {
        this.#grown = true;
        this.#failures += 1;
        if (this.#failures === 1) this.#deps.onFailure("the book cannot be followed", error);
        await pause(backOffMs(this.#failures, { minMs: HUB_RETRY_MIN_MS, maxMs: HUB_RETRY_MAX_MS }));
      }
    }
    this.#running = false;
  }

  async #follow(): Promise<void> {
    if (this.#following) return;
    // Before the answer: a "nobody follows" while this is on its way must not be overwritten by it.
    this.#following = true;
    try {
      await this.#deps.follow();
    } catch (error) {
      this.#following = false;
      throw error;
    }
  }

  async #readOn(): Promise<void> {
    if (!this.#tail) {
      const { newest } = await this.#deps.read(Number.MAX_SAFE_INTEGER, 1);
      this.#tail = new BookTail(newest ?? 0);
      this.#polls.look(this.#tail);
    }
    const tail = this.#tail;
    for (let full = true; full && this.any;) {
      const { rows } = await this.#deps.read(tail.end + 1, HUB_PAGE_EVENTS);
      full = rows.length === HUB_PAGE_EVENTS;
      if (rows.length === 0) return;
      tail.push(rows);
      const messages = rows.map((row) => ({ offset: row.offset, message: eventMessage(row) }));
      this.#polls.look(tail);
      await this.#hand(messages);
      await pause(this.#pace.aheadMs);
    }
  }

  /** In slices: a thread that serves others as well is not kept for all followers at once. */
  async #hand(messages: readonly BookMessage[]): Promise<void> {
    let sends = 0;
    for (const follower of this.#followers.values()) {
      follower.take(messages);
      sends += messages.length;
      if (sends < HUB_SLICE_LISTENERS) continue;
      sends = 0;
      await pause(HUB_SLICE_PAUSE_MS);
    }
  }

  async #currentTail(): Promise<BookTail> {
    while (!this.#current || !this.#tail) {
      await new Promise<void>((resolve) => this.#untilCurrent.push(resolve));
    }
    return this.#tail;
  }
}
