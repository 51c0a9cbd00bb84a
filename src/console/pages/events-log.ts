/** The newest of the log that are kept, and those that wait while the stream is paused. */
import type { BookEvent } from "../../client/wire-events.ts";

export const MAX_KEPT = 500;

export interface EventLog {
  /** The newest first. */
  shown: readonly BookEvent[];
  /** Undefined: the stream is not paused. */
  waiting: readonly BookEvent[] | undefined;
  /** How many came since the pause began. */
  waitingCount: number;
}

export const EMPTY_LOG: EventLog = { shown: [], waiting: undefined, waitingCount: 0 };

/** `events` in their order, the newest last. */
export function withEvents(log: EventLog, events: readonly BookEvent[]): EventLog {
  if (!log.waiting) return { ...log, shown: newest(events, log.shown) };
  return {
    ...log,
    waiting: newest(events, log.waiting),
    waitingCount: log.waitingCount + events.length,
  };
}

/** From before those that are shown; `events` in their order. Those that would be too many are left out. */
export function withOlder(log: EventLog, events: readonly BookEvent[]): EventLog {
  const oldest = log.shown.at(-1)?.offset ?? Infinity;
  const older = events.filter(({ offset }) => offset < oldest).toReversed();
  return { ...log, shown: [...log.shown, ...older].slice(0, MAX_KEPT) };
}

export function paused(log: EventLog): EventLog {
  return { ...log, waiting: [], waitingCount: 0 };
}

export function resumed({ shown, waiting = [] }: EventLog): EventLog {
  return { shown: [...waiting, ...shown].slice(0, MAX_KEPT), waiting: undefined, waitingCount: 0 };
}

function newest(events: readonly BookEvent[], before: readonly BookEvent[]): BookEvent[] {
  return [...events.slice(-MAX_KEPT).toReversed(), ...before].slice(0, MAX_KEPT);
}

/** Every word stands somewhere in the type, the product, the actor or what happened. */
export function matches(event: BookEvent, words: string, what: string): boolean {
  const text = `${event.type} ${event.productId} ${event.actor} ${what}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
