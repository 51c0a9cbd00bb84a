/**
 * Events of the book, for the page that wants them, as long as it is shown. What comes within a moment is handed over together,
 * so that a thousand events a second are drawn a few times; nothing is left out and nothing comes twice.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { BookEvent } from "../client/wire-events.ts";
import { holdfast, isAbort, isUnauthenticated } from "./connection.ts";
import { lacks, refused, sessionNumber } from "./session.ts";

const TOGETHER_MS = 150;

export interface Following {
  /** It ended, and why; the list may be loaded again. */
  error: unknown;
  retry(): void;
}

/** From this offset on; undefined: not yet. */
export function useEvents(from: number | undefined, take: (events: readonly BookEvent[]) => void): Following {
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  const taking = useRef(take);
  taking.current = take;
  const session = sessionNumber.value;
  const mayNot = lacks("events:read");
  useEffect(() => {
    if (from === undefined || mayNot) return;
    const end = new AbortController();
    let waiting: BookEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const handOver = () => {
      timer = undefined;
      const events = waiting;
      waiting = [];
      if (!end.signal.aborted) taking.current(events);
    };
    const listen = async () => {
      try {
        for await (const event of holdfast.followEvents(from, { signal: end.signal })) {
          waiting.push(event);
          timer ??= setTimeout(handOver, TOGETHER_MS);
        }
      } catch (failed) {
        if (isAbort(failed) || end.signal.aborted) return;
        if (isUnauthenticated(failed)) refused();
        else setError(failed);
      }
    };
    setError(undefined);
    void listen();
    return () => {
      clearTimeout(timer);
      end.abort();
    };
  }, [from, session, mayNot, round]);
  return { error, retry: () => setRound((before) => before + 1) };
}
