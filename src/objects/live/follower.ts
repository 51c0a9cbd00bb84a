/** One follower of the book: where it stands, and how it gets from there to where the shard is. */
import type { Tail, TailEvent } from "../../d1/event-tail";
import { HUB_PAGE_EVENTS, HUB_RETRY_MAX_MS, HUB_RETRY_MIN_MS, HUB_STANDING_PATIENCE_MS } from "../../limits";
import { pause } from "../../timeout";
import type { BookTail } from "./book-tail";
import { CLOSE_OFFSET_EXPIRED, CLOSE_TOO_SLOW, type Listener } from "./listener";
import { errorMessage, eventMessage, type Message } from "./message";
import { backOffMs, type Pace } from "./pace";

export interface FollowerDeps {
  /** Resolves once the shard is where the book ends. */
  tail(): Promise<BookTail>;
  /** A page of the book. May reject. */
  read(from: number): Promise<Tail>;
  pace: Pace;
  /** The first of failures in a row. */
  onFailure(error: unknown): void;
}

export interface BookMessage {
  offset: number;
  message: Message;
}

const STANDING_LOOK_MS = 250;

export class Follower {
  readonly #listener: Listener;
  readonly #deps: FollowerDeps;
  /** The first offset it has not got. */
  #next: number | null;
  #live = false;
  #stopped = false;

  constructor(listener: Listener, next: number | null, deps: FollowerDeps) {
    this.#listener = listener;
    this.#deps = deps;
    this.#next = next;
    this.#remember();
  }

  stop(): void {
    this.#stopped = true;
    this.#live = false;
  }

  /** News of the shard, in order. One that is catching up finds them by itself. */
  take(messages: readonly BookMessage[]): void {
    for (const { offset, message } of messages) {
      if (!this.#live) return;
      // Whoever does not read as fast as the book grows goes on at its own pace.
      if (this.#listener.ready) this.#send(offset, message);
      else void this.#fallBehind();
    }
  }

  /** Brings it to the shard's end, where it goes live. Never rejects. */
  async catchUp(): Promise<void> {
    const tail = await this.#deps.tail();
    if (this.#next === null) this.#begin(tail.end + 1);
    for (let failures = 0; !this.#stopped;) {
      const next = this.#next ?? 1;
      // From here to `take` nothing is awaited: what the shard has is had, what comes is taken.
      if (next > tail.end) return void (this.#live = true);
      try {
        const events = tail.covers(next) ? tail.from(next, HUB_PAGE_EVENTS) : await this.#page(next);
        failures = 0;
        await this.#feed(events);
      } catch (error) {
        failures += 1;
        if (failures === 1) this.#deps.onFailure(error);
        await pause(backOffMs(failures, { minMs: HUB_RETRY_MIN_MS, maxMs: HUB_RETRY_MAX_MS }));
      }
    }
  }

  #fallBehind(): Promise<void> {
    this.#live = false;
    return this.catchUp();
  }

  #begin(next: number): void {
    this.#next = next;
    this.#remember();
    this.#listener.mark(String(next - 1));
  }

  async #page(next: number): Promise<TailEvent[]> {
    const { oldest, newest, rows } = await this.#deps.read(next);
    if (oldest !== null && oldest > Math.max(next, 1)) {
      const detail = `Events before offset ${oldest} are no longer kept.`;
      this.#listener.send(errorMessage("offset_expired", detail, { oldestOffset: oldest }));
      this.#listener.close(CLOSE_OFFSET_EXPIRED, "offset expired");
      this.#stopped = true;
      return [];
    }
    // Nothing where there must be something: another look later, rather than at once and for ever.
    if (rows.length === 0) throw new Error(`the book ends at ${newest}, before offset ${next}`);
    return rows;
  }

  async #feed(events: readonly TailEvent[]): Promise<void> {
    for (const event of events) {
      if (!this.#listener.ready) await this.#untilReady();
      if (this.#stopped) return;
      this.#send(event.offset, eventMessage(event));
    }
    await pause(this.#deps.pace.aheadMs);
  }

  #send(offset: number, message: Message): void {
    if (this.#next !== null && offset < this.#next) return;
    this.#listener.send(message);
    this.#next = offset + 1;
    this.#deps.pace.charge(1);
    this.#remember();
  }

  /** A reader that stands still is not read for, and in the end cut off. */
  async #untilReady(): Promise<void> {
    const giveUpAt = Date.now() + HUB_STANDING_PATIENCE_MS;
    while (!this.#listener.ready && !this.#stopped) {
      if (Date.now() > giveUpAt) {
        this.#stopped = true;
        return this.#listener.close(CLOSE_TOO_SLOW, "too slow");
      }
      await pause(STANDING_LOOK_MS);
    }
  }

  #remember(): void {
    this.#listener.remember({ to: "events", next: this.#next });
  }
}
