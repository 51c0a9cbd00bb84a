/** The newest events of the log, in memory: all there are from its first offset to its end, bounded in number and bytes. */
import type { LogEvent } from "../../d1/event-tail";
import { HUB_TAIL_BYTES, HUB_TAIL_EVENTS } from "../../limits";

export class LogTail {
  #events: LogEvent[] = [];
  #bytes = 0;

  /** `end`: the last offset known; 0: none. */
  constructor(public end: number) {}

  /** In offset order, all that follow the end. */
  push(events: readonly LogEvent[]): void {
    for (const event of events) {
      this.#events.push(event);
      this.#bytes += event.body.length;
      this.end = event.offset;
    }
    let gone = 0;
    while (this.#events.length - gone > HUB_TAIL_EVENTS || this.#bytes > HUB_TAIL_BYTES) {
      this.#bytes -= this.#events[gone]?.body.length ?? 0;
      gone += 1;
    }
    if (gone > 0) this.#events.splice(0, gone);
  }

  /** Up to there the log holds nothing more. */
  skipTo(offset: number): void {
    this.end = Math.max(this.end, offset);
  }

  /** Whether every event from this offset to the end is at hand. */
  covers(offset: number): boolean {
    return offset > this.end || offset >= (this.#events[0]?.offset ?? this.end + 1);
  }

  /** Only where it covers the offset. */
  from(offset: number, limit?: number): LogEvent[] {
    let start = this.#events.length;
    // Readers are near the end.
    while (start > 0 && (this.#events[start - 1]?.offset ?? 0) >= offset) start -= 1;
    return this.#events.slice(start, limit === undefined ? undefined : start + limit);
  }
}
