/** One follower of the log: where it stands, and how it gets from there to where the shard is. */
import type { LogEvent, LogPage } from "../../d1/event-tail";
import { HUB_BACKOFF, HUB_PAGE_EVENTS, HUB_STANDING_LOOK_MS, HUB_STANDING_PATIENCE_MS } from "../../limits";
import type { Pace } from "../flow/pace";
import { Pump, type More } from "../flow/pump";
import type { LogTail } from "../log/log-tail";
import { CLOSE_OFFSET_EXPIRED, CLOSE_TOO_SLOW, type Listener } from "./listener";
import { errorMessage, eventMessage, type Message } from "./message";

export interface LogFollowerDeps {
  /** Resolves once the shard is where the log ends. */
  tail(): Promise<LogTail>;
  /** May reject. */
  read(offset: number): Promise<LogPage>;
  pace: Pace;
  /** The first of failures in a row. */
  onFailure(error: unknown): void;
}

export interface LogMessage {
  offset: number;
  message: Message;
}

export class LogFollower {
  readonly #catchingUp = new Pump({
    pass: () => this.#catchUp(),
    backoff: HUB_BACKOFF,
    onFailure: (error, failures) => failures === 1 && this.deps.onFailure(error),
  });
  #live = false;
  #stopped = false;
  /** Since when it has taken no more; null: it takes what comes. */
  #standingSince: number | null = null;

  /** `next`: the first offset it has not got; null: it begins at the end of the log. */
  constructor(
    private readonly listener: Listener,
    private next: number | null,
    private readonly deps: LogFollowerDeps,
  ) {
    this.#remember();
    this.#catchingUp.wake();
  }

  stop(): void {
    this.#stopped = true;
    this.#live = false;
  }

  /** What is new on the shard, in order. One that is catching up finds it by itself. */
  take(messages: readonly LogMessage[]): void {
    for (const { offset, message } of messages) {
      if (!this.#live) return;
      if (this.listener.ready) {
        this.#send(offset, message);
      } else {
        // Whoever does not read as fast as the log grows goes on at its own pace.
        this.#live = false;
        this.#catchingUp.wake();
      }
    }
  }

  /** Brings it a page nearer to the shard's end, where it goes live. */
  async #catchUp(): Promise<More> {
    const tail = await this.deps.tail();
    if (this.#stopped) return undefined;
    if (!this.listener.ready) return this.#stand();
    this.#standingSince = null;
    const next = this.next ?? this.#begin(tail.end + 1);
    const known = tail.covers(next) ? tail.from(next, HUB_PAGE_EVENTS) : undefined;
    if (known?.length === 0) {
      // Nothing is awaited before the next `take`: what the shard has is had, what comes is taken.
      this.#live = true;
      return undefined;
    }
    this.#feed(known ?? (await this.#page(next)));
    return this.deps.pace.aheadMs;
  }

  #begin(next: number): number {
    this.next = next;
    this.#remember();
    this.listener.mark(String(next - 1));
    return next;
  }

  async #page(next: number): Promise<LogEvent[]> {
    const { oldest, newest, rows, nextOffset } = await this.deps.read(next);
    if (oldest !== null && oldest > Math.max(next, 1)) {
      const detail = `Events before offset ${oldest} are no longer kept.`;
      this.listener.send(errorMessage("offset_expired", detail, { oldestOffset: oldest }));
      this.#close(CLOSE_OFFSET_EXPIRED, "offset expired");
      return [];
    }
    if (rows.length === 0 && nextOffset > next) {
      // The log has left these offsets out.
      this.next = nextOffset;
      this.#remember();
      return [];
    }
    // Nothing where there must be something: another look later, rather than at once and for ever.
    if (rows.length === 0) throw new Error(`the log ends at ${newest}, before offset ${next}`);
    return rows;
  }

  #feed(events: readonly LogEvent[]): void {
    for (const event of events) {
      if (this.#stopped || !this.listener.ready) return;
      this.#send(event.offset, eventMessage(event));
    }
  }

  #send(offset: number, message: Message): void {
    if (this.next !== null && offset < this.next) return;
    this.listener.send(message);
    this.next = offset + 1;
    this.deps.pace.charge(1);
    this.#remember();
  }

  /** A reader that stands still is not read for, and in the end cut off. */
  #stand(): More {
    this.#standingSince ??= Date.now();
    if (Date.now() - this.#standingSince <= HUB_STANDING_PATIENCE_MS) return HUB_STANDING_LOOK_MS;
    this.#close(CLOSE_TOO_SLOW, "too slow");
    return undefined;
  }

  #close(code: number, reason: string): void {
    this.#stopped = true;
    this.listener.close(code, reason);
  }

  #remember(): void {
    this.listener.remember({ to: "events", next: this.next });
  }
}
